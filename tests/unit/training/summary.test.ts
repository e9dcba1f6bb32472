import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..', '..');

(existsSync('/proc/self/status') ? test : test.skip)(
  'the peak of memory is the own one, not that of the process that started it (needs /proc)',
  () => {
    // Parents of tests are large. This one is made so: 700 MB that were written to.
    const large = Buffer.alloc(700_000_000, 1);
    const script = `import { peakMegabytes } from './training/summary.ts'; console.log(peakMegabytes());`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(Number(stdout)).toBeGreaterThan(20);
    expect(Number(stdout)).toBeLessThan(300);
    expect(large.length).toBe(700_000_000);
  },
);
