/**
 * @module scripts/host/receipts
 * Marks, in storage, of the blobs that a function has dealt with.
 */
import type { HostContext } from './context.ts';

export interface Receipt {
  functionName: string;
  container: string;
  blob: string;
  /** With its quotes. */
  etag: string;
}

/** Whether this version of the blob was dealt with, in this run of the host or an earlier one. */
export async function hasReceipt(host: HostContext, receipt: Receipt): Promise<boolean> {
  const container = await host.storage.hostContainer();
  return container.getBlobClient(receiptPath(host, receipt)).exists();
}

/** Writes the receipt: an empty blob at the path that the real host uses. */
export async function writeReceipt(host: HostContext, receipt: Receipt): Promise<void> {
  const container = await host.storage.hostContainer();
  await container.getBlockBlobClient(receiptPath(host, receipt)).upload('', 0);
}

function receiptPath({ hostId }: HostContext, { functionName, container, blob, etag }: Receipt): string {
  return `blobreceipts/${hostId}/Host.Functions.${functionName}/${etag}/${container}/${blob}`;
}
