/**
 * @module functions/sweep
 * Once a day: remove what was begun and never ended.
 */
import { app, type InvocationContext, type Timer } from '@azure/functions';
import { sweep as sweepStorage } from '../core/lifecycle/sweep.ts';
import { services } from './services.ts';
import { sweepSchedule } from './settings.ts';

/** A sweep that fails is made up for by the next one. */
export async function sweep(_timer: Timer, context: InvocationContext): Promise<void> {
  await sweepStorage(services().storage, { log: (line) => context.log(`Sweep: ${line}`) });
}

if (sweepSchedule !== null) app.timer('sweep', { schedule: sweepSchedule, handler: sweep });
