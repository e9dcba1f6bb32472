/**
 * @module scripts/host/storage
 * Storage clients by the name of a connection: a connection string in the setting, or `__blobServiceUri`
 * and `__queueServiceUri` with the identity of whoever is signed in.
 */
import type { TokenCredential } from '@azure/identity';
import { DefaultAzureCredential } from '@azure/identity';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import type { Settings } from './settings.ts';

const DEFAULT_CONNECTION = 'AzureWebJobsStorage';

/** The host polls, so a lost call is made up for by the next one: few retries keep the stop short. */
const RETRY = { retryOptions: { maxTries: 2, retryDelayInMs: 200, tryTimeoutInMs: 60_000 } };

export class Storage {
  readonly #settings: Settings;
  readonly #blobs = new Map<string, BlobServiceClient>();
  readonly #queues = new Map<string, QueueServiceClient>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Blob service of the connection. Throws the real host's message when its settings are missing. */
  blobs(connection: string = DEFAULT_CONNECTION): BlobServiceClient {
    const known = this.#blobs.get(connection);
    if (known) return known;
    const { connectionString, uri, credential } = this.#find(connection, 'blobServiceUri');
    const client = connectionString
      ? BlobServiceClient.fromConnectionString(connectionString, RETRY)
      : new BlobServiceClient(uri!, credential!, RETRY);
    this.#blobs.set(connection, client);
    return client;
  }

  /** Queue service of the connection. Throws the real host's message when its settings are missing. */
  queues(connection: string = DEFAULT_CONNECTION): QueueServiceClient {
    const known = this.#queues.get(connection);
    if (known) return known;
    const { connectionString, uri, credential } = this.#find(connection, 'queueServiceUri');
    const client = connectionString
      ? QueueServiceClient.fromConnectionString(connectionString, RETRY)
      : new QueueServiceClient(uri!, credential!, RETRY);
    this.#queues.set(connection, client);
    return client;
  }

  /** The container in which the host keeps receipts and timer states, created on first use. */
  async hostContainer(): Promise<ContainerClient> {
    const container = this.blobs().getContainerClient('azure-webjobs-hosts');
    await container.createIfNotExists();
    return container;
  }

  #find(
    connection: string,
    uriKey: string,
  ): { connectionString?: string; uri?: string; credential?: TokenCredential } {
    const prefixed = connection.startsWith('AzureWebJobs') ? connection : `AzureWebJobs${connection}`;
    for (const name of [prefixed, connection]) {
      const connectionString = this.#settings[name];
      if (connectionString) return { connectionString };
      const uri = this.#settings[`${name}__${uriKey}`];
      const clientId = this.#settings[`${name}__clientId`];
      if (uri) {
        return {
          uri,
          credential: new DefaultAzureCredential(clientId ? { managedIdentityClientId: clientId } : {}),
        };
      }
    }
    throw new Error(
      `Storage account connection string '${prefixed}' does not exist. Make sure that it is a defined App Setting.`,
    );
  }
}

/** Whether the error is storage's answer that a container, blob or queue isn't there. */
export function isNotFound(error: unknown): boolean {
  return (error as { statusCode?: number } | null)?.statusCode === 404;
}
