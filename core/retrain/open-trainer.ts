/**
 * @module core/retrain/open-trainer
 * The trainer that the settings name: a Container Apps job, else a process on this machine, else none.
 */
import type { Config } from '../config.ts';
import { ConfigurationError } from '../errors.ts';
import { managedIdentity } from '../managed-identity.ts';
import { ContainerJob } from './container-job.ts';
import { LocalProcess } from './local-process.ts';
import type { Trainer } from './trainer.ts';

export type TrainerSettings = Pick<
  Config,
  | 'RETRAIN_JOB_NAME'
  | 'RETRAIN_SUBSCRIPTION_ID'
  | 'RETRAIN_RESOURCE_GROUP'
  | 'RETRAIN_CLIENT_ID'
  | 'RETRAIN_ARM_ENDPOINT'
  | 'RETRAIN_COMMAND'
  | 'RETRAIN_FOLDER'
  | 'MODEL_STORAGE__clientId'
>;

/** Undefined where none is set. Throws {@link ConfigurationError} for a job of which a setting is missing. */
export function openTrainer(
  settings: TrainerSettings,
  { log }: { log: (line: string) => void },
): Trainer | undefined {
  const job = settings.RETRAIN_JOB_NAME;
  if (job === undefined) {
    const command = settings.RETRAIN_COMMAND;
    return command && new LocalProcess({ command, folder: settings.RETRAIN_FOLDER, log });
  }
  const { RETRAIN_SUBSCRIPTION_ID: subscriptionId, RETRAIN_RESOURCE_GROUP: resourceGroup } = settings;
  if (subscriptionId === undefined || resourceGroup === undefined) {
    const missing = subscriptionId === undefined ? 'RETRAIN_SUBSCRIPTION_ID' : 'RETRAIN_RESOURCE_GROUP';
    throw new ConfigurationError(
      `RETRAIN_JOB_NAME is set, and ${missing} is not: together they name the job that trains.`,
    );
  }
  const clientId = settings.RETRAIN_CLIENT_ID ?? settings.MODEL_STORAGE__clientId;
  return new ContainerJob({
    job,
    subscriptionId,
    resourceGroup,
    endpoint: settings.RETRAIN_ARM_ENDPOINT,
    credential: async () => managedIdentity(clientId),
  });
}
