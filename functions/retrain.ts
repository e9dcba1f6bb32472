/**
 * @module functions/retrain
 * On a schedule: decide whether to train anew, and watch the training that goes on.
 */
import { app, type InvocationContext, type Timer } from '@azure/functions';
import { considerRetraining, watchRetraining } from '../core/retrain/retrain.ts';
import { newRetraining, retraining } from './retraining.ts';
import { hasTrainer, retrainSchedule, retrainWatchSchedule } from './settings.ts';

/** One that fails is made up for by the next one. */
export async function retrain(_timer: Timer, context: InvocationContext): Promise<void> {
  await considerRetraining(newRetraining({ log: (line) => context.log(line) }));
}

/** Also for what a person began. Without a run it reads one small blob. */
export async function retrainWatch(_timer: Timer, context: InvocationContext): Promise<void> {
  await watchRetraining(retraining({ log: (line) => context.log(line) }));
}

// A timer that could do nothing would only wake the app.
if (retrainSchedule !== null && retrainSchedule !== 'off') {
  app.timer('retrain', { schedule: retrainSchedule, handler: retrain });
}
if (retrainWatchSchedule !== null && hasTrainer) {
  app.timer('retrainWatch', { schedule: retrainWatchSchedule, handler: retrainWatch });
}
