import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeOnce } from '../../../scripts/tfjs-node/make-once.ts';
import { MissingError, run } from '../../../scripts/tfjs-node/run.ts';

const ROOT = join(__dirname, '..', '..', '..');
const NODE = join(ROOT, 'node_modules', '.bin', 'node');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-setup-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('setUpTfjsNode', () => {
  /** Sets up in a root whose package has no addon, with no program to be found. */
  function setUp(root: string): string {
    const script = join(ROOT, 'scripts', 'setup-tfjs-node.ts');
    const code = `import(${JSON.stringify(script)}).then(({ setUpTfjsNode }) => setUpTfjsNode({ root: ${JSON.stringify(root)} })).then(console.log, (e) => console.log(e.constructor.name, e.message))`;
    const env = { PATH: '', XDG_CACHE_HOME: join(folder, 'cache') };
    return spawnSync(NODE, ['-e', code], { encoding: 'utf8', env }).stdout.trim();
  }

  it('says that python3 is missing, and leaves nothing behind', () => {
    mkdirSync(join(folder, 'node_modules', '@tensorflow', 'tfjs-node', 'binding'), { recursive: true });
    expect(setUp(folder)).toBe('MissingError python3 with pip is not there');
    expect(readdirSync(join(folder, 'cache', 'pawprint', 'tfjs-node'))).toEqual([]);
  });

  it('says that the package cannot be fetched', () => {
    expect(setUp(folder)).toContain("MissingError @tensorflow/tfjs-node can't be fetched by npm");
  });
});

describe('makeOnce', () => {
  const make = async (temporary: string) => {
    writeFileSync(join(temporary, 'file'), 'content');
    return temporary;
  };

  it('makes a folder once', async () => {
    const target = join(folder, 'deep', 'target');
    expect(await makeOnce(target, make)).toBe(target);
    expect(readdirSync(target)).toEqual(['file']);
    expect(await makeOnce(target, () => Promise.reject(new Error('again')))).toBe(target);
  });

  it('leaves nothing when it fails', async () => {
    const failing = async (temporary: string) => {
      await make(temporary);
      throw new Error('cut off');
    };
    await expect(makeOnce(join(folder, 'target'), failing)).rejects.toThrow('cut off');
    expect(existsSync(join(folder, 'target'))).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('run', () => {
  it('gives what a program wrote', async () => {
    expect(await run(NODE, ['-p', '1 + 1'], { orElse: 'node' })).toBe('2\n');
  });

  it('says what is missing, and why where the program says it', async () => {
    await expect(run('no-such-program', [], { orElse: 'it is not there' })).rejects.toThrow(
      new MissingError('it is not there'),
    );
    const code = 'console.error("note"); console.error("ERROR: no network"); process.exit(1)';
    await expect(run(NODE, ['-e', code], { orElse: 'no wheel' })).rejects.toThrow('no wheel (');
    await expect(run(NODE, ['-e', code], { orElse: 'no wheel' })).rejects.toThrow('ERROR: no network)');
  });
});
