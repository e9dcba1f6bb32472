/**
 * @module tests/helpers/every-node
 * The Node.js programs of this machine that can run the deployed app.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ROOT } from './processes.ts';

/** The Node.js of the repository, which is the version on Azure. */
export const NODE_22 = join(ROOT, 'node_modules', '.bin', 'node');

/** Node.js by its version: the repository's own, and the machine's where there is one on PATH that can run the app. */
export function everyNode(): [version: string, node: string][] {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((path) => !path.includes('node_modules'));
  const machine = folders.map((path) => join(path, 'node')).filter((path) => existsSync(path));
  return [NODE_22, ...machine.slice(0, 1)]
    .map((node): [string, string] => [
      spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim(),
      node,
    ])
    .filter(([version]) => Number.parseInt(version.slice(1), 10) >= 20);
}
