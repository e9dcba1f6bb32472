/** Which code trained a version. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../../scripts/paths.ts';
import { readCodeVersion } from '../../../training/code-version.ts';

const folder = mkdtempSync(join(tmpdir(), 'pawprint-code-'));
writeFileSync(join(folder, 'package.json'), '{"name": "pawprint", "version": "1.2.3"}');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('names the package, and outside a repository the commit that the image was built from', async () => {
  const env = { PAWPRINT_COMMIT: 'a'.repeat(40) };
  await expect(readCodeVersion(folder, env)).resolves.toEqual({
    package: 'pawprint',
    version: '1.2.3',
    commit: 'a'.repeat(40),
  });
  await expect(readCodeVersion(folder, {})).resolves.toMatchObject({ commit: null });
});

const isRepository = existsSync(join(ROOT, '.git'));
(isRepository ? it : it.skip)('asks the repository first', async () => {
  const { commit } = await readCodeVersion(ROOT, { PAWPRINT_COMMIT: 'other' });
  expect(commit).not.toBe('other');
});
