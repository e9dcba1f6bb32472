/**
 * @module core/feedback/review
 * What a reviewer makes of feedback: accepted, its picture becomes training data under a breed; rejected, it doesn't.
 */
import { BadRequestError, ConflictError, NotFoundError } from '../errors.ts';
import type { Label } from '../manifest.ts';
import { encodeDocument, tryDocument } from '../registry/schema.ts';
import { acceptedPath } from '../storage/names.ts';
import type { Storage } from '../storage/storage.ts';
import { parseBreed, removeAcceptedCopies, withoutMetadata } from './accepted.ts';
import { readRecords } from './feedback.ts';
import {
  type FeedbackRecord,
  feedbackPath,
  feedbackPicturePath,
  feedbackRecordSchema,
  OTHER_LABELS,
} from './record.ts';

/** A picture that was kept is at most 1,024 pixels on a side. */
const LARGEST_PICTURE_BYTES = 10_000_000;

export interface Review {
  by: string;
  reason?: string | undefined;
}

export interface FoundFeedback {
  /** Oldest first. */
  feedback: FeedbackRecord[];
  /** Paths of records that can't be read. */
  damaged: string[];
}

/** All feedback, or that in one state. Every record is read. Throws UnavailableError. */
export async function findFeedback(
  storage: Storage,
  { state }: { state?: FeedbackRecord['state'] | undefined } = {},
): Promise<FoundFeedback> {
  const paths = (await storage.list('feedback')).filter((path) => path.endsWith('.json'));
  const found = await readRecords(storage, paths);
  const records = found.filter((one) => typeof one !== 'string');
  return {
    feedback: records.filter((record) => state === undefined || record.state === state),
    damaged: paths.filter((_, index) => found[index] === 'damaged'),
  };
}

/** One piece of feedback. Throws {@link NotFoundError} and UnavailableError. */
export async function showFeedback(storage: Storage, id: string): Promise<FeedbackRecord> {
  return (await readForChange(storage, id)).record;
}

/** The picture of a piece of feedback, a JPEG; null where none was kept. Throws UnavailableError. */
export async function readPicture(storage: Storage, id: string): Promise<Buffer | null> {
  const largestBytes = LARGEST_PICTURE_BYTES;
  return (await storage.find('feedback', feedbackPicturePath(id), { largestBytes }))?.bytes ?? null;
}

/**
 * Accepts a picture as one of `breed`, by default the label that came with it; `labels` are the breeds that there are.
 * Done again it is the same, or mends what was cut off; with another breed the picture moves.
 *
 *     accept                               delete by id
 *     record: accepted (by its ETag)
 *                                          remove copies: none yet
 *                                          remove picture and record
 *     copy the picture
 *                                          remove copies
 *     the record is gone: remove the copy
 *
 * Throws {@link BadRequestError} for what is no breed, {@link ConflictError} where no picture was kept,
 * {@link NotFoundError} and UnavailableError.
 */
export async function acceptFeedback(
  storage: Storage,
  id: string,
  {
    breed: given,
    labels,
    by,
    reason,
  }: Review & { breed?: string | undefined; labels: readonly Label[] | null },
): Promise<FeedbackRecord> {
  const picture = await readPicture(storage, id);
  const record = await change(storage, id, (current) => {
    if (current.picture === null || picture === null) {
      throw new ConflictError(`Feedback ${id} came without a picture, so there is nothing to train with.`);
    }
    const breed = requireBreed(given ?? current.review?.breed ?? current.label, labels);
    const isSame = current.state === 'accepted' && current.review?.breed === breed;
    return isSame ? current : { ...current, state: 'accepted', review: reviewOf({ by, reason }, breed) };
  });
  const path = acceptedPath(record.review!.breed!, id);
  await storage.createOnce('datasets', path, await withoutMetadata(picture!));
  const left = await change(storage, id, (current) => current).catch(async (error: unknown) => {
    if (error instanceof NotFoundError) await removeAcceptedCopies(storage, id);
    throw error;
  });
  // Another reviewer may have decided otherwise meanwhile; the record counts.
  const counts = left.state === 'accepted' ? acceptedPath(left.review!.breed!, id) : undefined;
  await removeAcceptedCopies(storage, id, counts === undefined ? {} : { except: counts });
  return left;
}

/** Rejects a picture; one that was accepted before is no training data any more. Throws {@link NotFoundError} and UnavailableError. */
export async function rejectFeedback(
  storage: Storage,
  id: string,
  { by, reason }: Review,
): Promise<FeedbackRecord> {
  const record = await change(storage, id, (current) =>
    current.state === 'rejected'
      ? current
      : { ...current, state: 'rejected', review: reviewOf({ by, reason }, null) },
  );
  await removeAcceptedCopies(storage, id);
  return record;
}

function reviewOf({ by, reason }: Review, breed: string | null): NonNullable<FeedbackRecord['review']> {
  return { at: new Date().toISOString(), by, breed, reason: reason ?? null };
}

function requireBreed(breed: string, labels: readonly Label[] | null): string {
  if (OTHER_LABELS.some((other) => other === breed)) {
    throw new BadRequestError(
      `${JSON.stringify(breed)} is no breed to train on. Name the breed: --label BREED`,
    );
  }
  if (labels !== null && !labels.some(({ name }) => name === breed)) {
    throw new BadRequestError(
      `${JSON.stringify(breed.slice(0, 60))} is no breed of the model in production. Name one of them: --label BREED`,
    );
  }
  return parseBreed(breed);
}

/** Changes a record by compare-and-swap; `decide` may be asked again. */
async function change(
  storage: Storage,
  id: string,
  decide: (record: FeedbackRecord) => FeedbackRecord,
): Promise<FeedbackRecord> {
  for (;;) {
    const { record, etag } = await readForChange(storage, id);
    const next = decide(record);
    if (next === record) return record;
    const bytes = encodeDocument(feedbackRecordSchema.parse(next));
    if (await storage.replace('feedback', feedbackPath(id), bytes, etag)) return next;
  }
}

async function readForChange(
  storage: Storage,
  id: string,
): Promise<{ record: FeedbackRecord; etag: string }> {
  const blob = await storage.find('feedback', feedbackPath(id));
  if (blob === undefined) throw new NotFoundError(`There is no feedback ${id}, or it was taken back.`);
  const record = tryDocument(feedbackRecordSchema, blob.bytes);
  if (record === undefined) {
    throw new ConflictError(`The record of feedback ${id} is damaged. Delete it, or restore it from a copy.`);
  }
  return { record, etag: blob.etag };
}
