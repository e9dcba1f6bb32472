/**
 * @module core/storage/client
 * The connection to the storage account with the models: a connection string locally, a managed identity on
 * Azure.
 */
import { DefaultAzureCredential } from '@azure/identity';
import { BlobServiceClient, type StoragePipelineOptions } from '@azure/storage-blob';
import type { Config } from '../config.ts';
import { ConfigurationError, messageOf } from '../errors.ts';
import { managedIdentity } from '../managed-identity.ts';

export type StorageSettings = Pick<
  Config,
  'MODEL_STORAGE' | 'MODEL_STORAGE__blobServiceUri' | 'MODEL_STORAGE__credential' | 'MODEL_STORAGE__clientId'
>;

// Three quick tries: a trigger is delivered again anyway. The time-out of a try is sent to the server, nothing more: who
// asks bounds the whole, see ask.ts.
const PIPELINE: StoragePipelineOptions = {
  retryOptions: { maxTries: 3, tryTimeoutInMs: 60_000, retryDelayInMs: 200, maxRetryDelayInMs: 2_000 },
};

/** Connects to the account that the settings name. Nothing is sent yet. Throws {@link ConfigurationError}. */
export function connectBlobService(settings: StorageSettings): BlobServiceClient {
  const uri = settings.MODEL_STORAGE__blobServiceUri;
  if (settings.MODEL_STORAGE !== undefined) {
    try {
      return BlobServiceClient.fromConnectionString(settings.MODEL_STORAGE, PIPELINE);
    } catch (error) {
      throw new ConfigurationError(
        `MODEL_STORAGE is not a connection string of a storage account: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }
  if (uri === undefined) throw new ConfigurationError('MODEL_STORAGE is not set.');
  return new BlobServiceClient(uri, azureCredential(settings), PIPELINE);
}

function azureCredential({ MODEL_STORAGE__credential, MODEL_STORAGE__clientId }: StorageSettings) {
  if (MODEL_STORAGE__credential !== 'managedidentity') return new DefaultAzureCredential();
  return managedIdentity(MODEL_STORAGE__clientId);
}
