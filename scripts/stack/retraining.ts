/**
 * @module scripts/stack/retraining
 * How the local stack trains anew: the entry point of the training container, as a child process of the function app.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ROOT } from '../paths.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Settings of the function app by which POST /api/retrain and the schedule train on `TRAIN_DATA`; none where that isn't
 * set. A relative path in it begins at `folder`.
 */
export function retrainSettings(
  env: Environment,
  { stateFolder, folder }: { stateFolder: string; folder: string },
): Record<string, string> {
  const data = env.TRAIN_DATA ?? '';
  if (data === '') return {};
  const command = [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    ...['--import', join(ROOT, 'scripts', 'stack', 'end-with-parent.ts')],
    join(ROOT, 'training', 'entrypoint.ts'),
  ];
  const defaults = {
    TRAIN_WORK: join(stateFolder, 'training'),
    // What fails here fails for a reason that a second try has, too.
    RETRAIN_MAX_ATTEMPTS: '1',
    RETRAIN_WATCH_SCHEDULE: '*/10 * * * * *',
  };
  const unset = Object.entries(defaults).filter(([name]) => (env[name] ?? '') === '');
  return {
    ...Object.fromEntries(unset),
    TRAIN_DATA: placeOf(data, folder),
    RETRAIN_COMMAND: JSON.stringify(command),
    RETRAIN_FOLDER: join(stateFolder, 'retrain'),
  };
}

/** A path of this machine is made absolute; `datasets/…` in Blob Storage and addresses stay. */
function placeOf(data: string, folder: string): string {
  const path = resolve(folder, data);
  return existsSync(path) ? path : data;
}
