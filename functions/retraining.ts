/**
 * @module functions/retraining
 * Retraining with the services of this process: the trainer that the settings name, made at first use.
 */
import { ConflictError } from '../core/errors.ts';
import { openTrainer } from '../core/retrain/open-trainer.ts';
import type { Scheduled } from '../core/retrain/retrain.ts';
import type { Trainer } from '../core/retrain/trainer.ts';
import { services } from './services.ts';
import { retrainScheduleFaults } from './settings.ts';

let trainer: Trainer | undefined;

/**
 * What begins a training: {@link retraining}, where the schedules are right too. What is begun without a watch would be
 * watched by nobody. Throws {@link ConflictError} that names each wrong one: who may ask for a training may know.
 */
export function newRetraining(call: { log: (line: string) => void }): Scheduled {
  if (retrainScheduleFaults.length > 0) {
    throw new ConflictError(
      `Nothing is trained until the schedules are right: ${retrainScheduleFaults.join(' ')}`,
    );
  }
  return retraining(call);
}

/**
 * What the functions of retraining work with; `log` is that of the call. Throws {@link ConflictError} where nothing that
 * trains is set, and ConfigurationError.
 */
export function retraining({ log }: { log: (line: string) => void }): Scheduled {
  const { config, storage } = services();
  trainer ??= openTrainer(config, { log: (line) => console.log(line) });
  if (trainer === undefined) {
    throw new ConflictError(
      'Nothing that trains is set here. On Azure set RETRAIN_JOB_NAME, RETRAIN_SUBSCRIPTION_ID and RETRAIN_RESOURCE_GROUP; locally give npm start the data set: TRAIN_DATA=../photographs npm start',
    );
  }
  return { storage, trainer, config, now: () => new Date(), log };
}
