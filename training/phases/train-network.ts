/**
 * @module training/phases/train-network
 * The second phase of a run: training, in the way that the settings name.
 */
import type { Base } from '../base/base.ts';
import { fineTune } from '../fine-tune/fine-tune.ts';
import type { Job, Trained } from '../run/job.ts';
import { trainHeadOnBase } from '../run/transfer.ts';
import { trainFromScratch } from '../scratch/train-scratch.ts';

/** Throws DataError where the loss gets out of hand. */
export function trainNetwork(start: Base, job: Job): Promise<Trained> {
  const { network, fineTune: tunes } = job.settings;
  if (network === 'scratch') return trainFromScratch(start, job);
  return tunes ? fineTune(start, job) : trainHeadOnBase(start, job);
}
