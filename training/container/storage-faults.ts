/**
 * @module training/container/storage-faults
 * What Blob Storage refuses, in words that say what to do; and another try for what passes.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { DataError, UnavailableError } from '../../core/errors.ts';
import { isLostConnection, statusOf } from '../../core/storage/ask.ts';

const TRIES = 4;

/**
 * Runs `request`, again after a growing pause while storage can't be reached. Throws {@link DataError} for a container
 * that isn't there or an identity that may not, else what the last try threw.
 */
export async function withPatience<T>(
  what: string,
  request: () => Promise<T>,
  { pause = 500 }: { pause?: number } = {},
): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await request();
    } catch (error) {
      const refused = explainRefusal(what, error);
      if (refused) throw refused;
      if (!mayPass(error) || tried === TRIES) throw error;
      await wait(pause * 4 ** (tried - 1));
    }
  }
}

/** Null for a fault that may pass. */
function explainRefusal(what: string, error: unknown): DataError | null {
  const origin = error instanceof UnavailableError ? error.cause : error;
  const { code } = (origin ?? {}) as { code?: string };
  const status = statusOf(origin);
  const [container] = what.split('/');
  if (code === 'ContainerNotFound') {
    return new DataError(
      `${what} can't be reached: this storage account has no container ${container}. Look at MODEL_STORAGE__blobServiceUri; locally npm start makes the containers.`,
      { cause: origin },
    );
  }
  if (status === 401 || status === 403) {
    return new DataError(
      `${what} can't be reached: storage answers ${status} (${code ?? 'no code'}). The job's identity needs the role Storage Blob Data ${container === 'trained' ? 'Contributor' : 'Reader'} on the container ${container}; a new role takes some minutes.`,
      { cause: origin },
    );
  }
  // No credential at all is no fault of storage, and no try mends it.
  if (/Credential|Authentication/.test((origin as { name?: string } | null)?.name ?? '')) {
    return new DataError(
      `${what} can't be reached: there is no managed identity here. On Azure MODEL_STORAGE__clientId names the job's; elsewhere set MODEL_STORAGE to a connection string.`,
      { cause: origin },
    );
  }
  return null;
}

function mayPass(error: unknown): boolean {
  if (error instanceof UnavailableError || isLostConnection(error)) return true;
  const status = statusOf(error);
  const isFromStorage = (error as { name?: string } | null)?.name === 'RestError';
  return isFromStorage && (status === undefined || status >= 500 || status === 429);
}
