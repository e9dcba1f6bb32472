/**
 * @module core/lifecycle/receipts
 * Receipts: who works on a step of a version, until when, and how it ended. `registry/receipts/{step}/{version}.json`
 * is taken, renewed and closed by compare-and-swap only, so that one delivery of an event works at a time and a
 * crash is noticed by an expiry that passes.
 *
 * A receipt saves work; it doesn't keep the data whole. What a step writes is written once or by compare-and-swap
 * by itself, so two that work at the same time, a clock that is wrong say, end as one.
 */
import { z } from 'zod';
import { UnavailableError } from '../errors.ts';
import { tryDocument } from '../registry/schema.ts';
import { receiptPath, STEPS, type StepName } from '../storage/names.ts';
import type { Storage } from '../storage/storage.ts';
import { versionSchema } from '../version.ts';

export const receiptSchema = z.strictObject({
  schemaVersion: z.literal(1),
  step: z.enum(STEPS),
  version: versionSchema,
  manifest: z.string().describe('ETag of the manifest that the step is about'),
  state: z.enum(['working', 'finished', 'failed']),
  owner: z.string().describe('a random id of the delivery that works or worked on it'),
  attempts: z.int().min(1).describe('how often work on this manifest was begun'),
  startedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().describe('a receipt in work that is not renewed until then is free to take'),
  lastError: z.string().nullable().describe('of the last attempt that failed; null after one that finished'),
});
export type Receipt = z.infer<typeof receiptSchema>;

export interface HeldReceipt {
  receipt: Receipt;
  etag: string;
}

/** What is kept of an error: a message of ours is far shorter, a stack of somebody else's need not be kept. */
const LONGEST_ERROR = 2000;

/** The receipt of a step, or undefined when there is none. A damaged one counts as none that blocks: it is replaced. */
export async function findReceipt(
  storage: Storage,
  step: StepName,
  version: string,
): Promise<{ receipt: Receipt | undefined; etag: string } | undefined> {
  const blob = await storage.find('registry', receiptPath(step, version));
  if (blob === undefined) return undefined;
  return { receipt: tryDocument(receiptSchema, blob.bytes), etag: blob.etag };
}

/** Whether somebody is at work on it. */
export function isHeld(receipt: Receipt | undefined, now: Date): boolean {
  return receipt?.state === 'working' && now.getTime() < Date.parse(receipt.expiresAt);
}

/**
 * Takes the receipt that was found with `etag` (null: there is none). Returns undefined when somebody else was
 * faster.
 */
export async function takeReceipt(
  storage: Storage,
  { previous, etag }: { previous: Receipt | undefined; etag: string | null },
  { step, version, manifest, owner, now, leaseMs }: TakeOptions,
): Promise<HeldReceipt | undefined> {
  const sameManifest = previous?.manifest === manifest ? previous : undefined;
  return write(
    storage,
    {
      schemaVersion: 1,
      step,
      version,
      manifest,
      state: 'working',
      owner,
      attempts: (sameManifest?.attempts ?? 0) + 1,
      startedAt: now.toISOString(),
      expiresAt: new Date(now.getTime() + leaseMs).toISOString(),
      lastError: sameManifest?.lastError ?? null,
    },
    etag,
  );
}

export interface TakeOptions {
  step: StepName;
  version: string;
  /** ETag. */
  manifest: string;
  owner: string;
  now: Date;
  leaseMs: number;
}

/** Puts the expiry off. Returns undefined when the receipt is somebody else's by now. */
export async function renewReceipt(
  storage: Storage,
  { receipt, etag }: HeldReceipt,
  { now, leaseMs }: Pick<TakeOptions, 'now' | 'leaseMs'>,
): Promise<HeldReceipt | undefined> {
  const expiresAt = new Date(now.getTime() + leaseMs).toISOString();
  return write(storage, { ...receipt, expiresAt }, etag);
}

/** Says how the work ended. Returns undefined when the receipt is somebody else's by now: then that one says it. */
export async function closeReceipt(
  storage: Storage,
  { receipt, etag }: HeldReceipt,
  { error, now }: { error: string | null; now: Date },
): Promise<HeldReceipt | undefined> {
  const state = error === null ? 'finished' : 'failed';
  const lastError = error?.slice(0, LONGEST_ERROR) ?? null;
  return write(storage, { ...receipt, state, lastError, expiresAt: now.toISOString() }, etag);
}

/**
 * A swap of which the answer may get lost: what is refused then is the SDK's own second try, and the receipt that
 * is there is ours.
 *
 *     we                          storage
 *     write if etag 1   ------>   etag 2, the answer is lost
 *     write if etag 1   ------>   412
 *     read              <------   our owner, our state: taken
 */
async function write(
  storage: Storage,
  receipt: Receipt,
  etag: string | null,
): Promise<HeldReceipt | undefined> {
  const path = receiptPath(receipt.step, receipt.version);
  const bytes = Buffer.from(`${JSON.stringify(receipt, null, 2)}\n`);
  const written = await storage.swap('registry', path, bytes, etag);
  if (written !== undefined) return { receipt, etag: written };
  const found = await storage.find('registry', path);
  return found?.bytes.equals(bytes) ? { receipt, etag: found.etag } : undefined;
}

/** What a delivery throws that has waited long enough for another: the host delivers the event again later. */
export function stillHeld({ step, version, owner, startedAt }: Receipt): UnavailableError {
  return new UnavailableError(
    `${step} of ${version} is under way since ${startedAt} in another delivery (${owner}). This event is to be delivered again.`,
    { retryAfterSeconds: 30 },
  );
}
