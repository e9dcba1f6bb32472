/**
 * @module training/container/data-place
 * What `TRAIN_DATA` names: something in the container `datasets`, or what `npm run train` takes by itself.
 */
import { ConfigurationError } from '../../core/errors.ts';
import { ACCEPTED_PREFIX } from '../../core/storage/names.ts';

export type DataPlace =
  /** Every blob below `prefix`, which ends in a slash. */
  | { kind: 'blobs'; prefix: string }
  /** One blob that is an archive. */
  | { kind: 'archive-blob'; path: string }
  /** A folder of this machine, or an address. */
  | { kind: 'other'; data: string };

const CONTAINER = 'datasets/';
const ARCHIVE = /\.(zip|tar|tgz|tar\.gz)$/i;

/**
 * Reads `TRAIN_DATA`: `datasets/{name}/` or `datasets/{name}.tar.gz`, also as the address of the blob in the account
 * at `blobServiceUri`; everything else is left as it is. Throws {@link ConfigurationError}.
 */
export function parseDataPlace(data: string, blobServiceUri?: string): DataPlace {
  if (data === '') {
    throw new ConfigurationError(
      'TRAIN_DATA is missing: datasets/{name}/ or datasets/{name}.tar.gz in Blob Storage, an https address, or a folder.',
    );
  }
  const path = pathInAccount(data, blobServiceUri) ?? data;
  if (!path.startsWith(CONTAINER)) return { kind: 'other', data };
  const name = path.slice(CONTAINER.length);
  const segments = name.replace(/\/$/, '').split('/');
  const leadsOut = segments.some((segment) => ['', '.', '..'].includes(segment)) || /[\\\p{Cc}]/u.test(name);
  if (leadsOut) {
    throw new ConfigurationError(
      `TRAIN_DATA is ${JSON.stringify(data)}, expected datasets/{name}/ or datasets/{name}.tar.gz, names with single slashes between.`,
    );
  }
  if (`${name.replace(/\/$/, '')}/`.startsWith(ACCEPTED_PREFIX)) {
    throw new ConfigurationError(
      `TRAIN_DATA is ${JSON.stringify(data)}: accepted feedback comes beside a data set, see TRAIN_FEEDBACK.`,
    );
  }
  if (ARCHIVE.test(name)) return { kind: 'archive-blob', path: name };
  return { kind: 'blobs', prefix: name.endsWith('/') ? name : `${name}/` };
}

/** The container and path of an address in the account, without a signature: the job's identity reads it. */
function pathInAccount(data: string, blobServiceUri: string | undefined): string | null {
  if (blobServiceUri === undefined || !URL.canParse(data)) return null;
  const [url, account] = [new URL(data), new URL(blobServiceUri)];
  return url.origin === account.origin && url.search === ''
    ? decodeURIComponent(url.pathname.slice(1))
    : null;
}
