/**
 * @module training/code-version
 * Which code made a version.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Manifest } from '../core/manifest.ts';

/**
 * Name and version of the package in `root`, and its git commit: of the repository that it is; else, as in an image, what
 * `PAWPRINT_COMMIT` in `env` says; else null.
 */
export async function readCodeVersion(
  root: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Manifest['code']> {
  const { name, version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
  };
  const commit = await promisify(execFile)('git', ['rev-parse', 'HEAD'], { cwd: root }).then(
    ({ stdout }) => stdout.trim(),
    () => env.PAWPRINT_COMMIT || null,
  );
  return { package: name, version, commit };
}
