/**
 * @module training/code-version
 * Which code made a version.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Manifest } from '../core/manifest.ts';

/** Name and version of the package in `root`, and its git commit where it is a repository (null elsewhere). */
export async function readCodeVersion(root: string): Promise<Manifest['code']> {
  const { name, version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
  };
  const commit = await promisify(execFile)('git', ['rev-parse', 'HEAD'], { cwd: root }).then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );
  return { package: name, version, commit };
}
