/**
 * @module tests/helpers/python-onnx
 * A Python with the package `onnx`: the machine's own, or one completed from PyPI in the user's cache folder (80 MB, once).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../../training/features/cache.ts';

/** What the tests were written against; its checker knows newer opsets than ours as well. */
const ONNX = '1.23.2';
const INSTALL_MS = 50_000;

export interface PythonOnnx {
  python: string;
  env: NodeJS.ProcessEnv;
}

/** Synchronous, because a test that is skipped must be named so when it is declared. */
export function findPythonOnnx(): PythonOnnx | { missing: string } {
  const python = 'python3';
  const own = { python, env: process.env };
  if (hasOnnx(own)) return own;
  const version = spawnSync(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], {
    encoding: 'utf8',
  });
  if (version.status !== 0) return { missing: 'python3 is not there' };
  const folder = join(cacheFolder(process.env), `onnx-${ONNX}-python${version.stdout.trim()}`);
  const completed = { python, env: { ...process.env, PYTHONPATH: folder } };
  if (existsSync(folder)) return completed;
  const reason = install(python, folder);
  if (reason !== undefined) return { missing: reason };
  return hasOnnx(completed) ? completed : { missing: `onnx ${ONNX} does not run in this Python` };
}

const hasOnnx = ({ python, env }: PythonOnnx) =>
  spawnSync(python, ['-c', 'import onnx.reference'], { env, timeout: 20_000 }).status === 0;

/** Installs beside the folder and renames, so that it is whole or not there. Returns what went wrong. */
function install(python: string, folder: string): string | undefined {
  mkdirSync(dirname(folder), { recursive: true });
  const temporary = mkdtempSync(join(dirname(folder), '.unfinished-'));
  try {
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary=:all:'];
    const result = spawnSync(python, [...pip, '--target', temporary, `onnx==${ONNX}`], {
      encoding: 'utf8',
      timeout: INSTALL_MS,
    });
    if (result.status !== 0) {
      const line = result.stderr?.split('\n').find((text) => /error/i.test(text)) ?? 'it took too long';
      return `pip can't fetch onnx ${ONNX}: ${line.slice(0, 200)}`;
    }
    if (!existsSync(folder)) renameSync(temporary, folder);
    return undefined;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
