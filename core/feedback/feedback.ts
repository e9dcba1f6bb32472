/**
 * @module core/feedback/feedback
 * Feedback in Blob Storage: written, found by day, and deleted.
 */
import { mapConcurrently } from '../concurrency.ts';
import { tryDocument } from '../registry/schema.ts';
import { removeBlob } from '../storage/remove-blob.ts';
import type { Storage } from '../storage/storage.ts';
import { removeAcceptedCopies } from './accepted.ts';
import type { KeptPicture } from './picture.ts';
import {
  type FeedbackRecord,
  feedbackPath,
  feedbackPicturePath,
  feedbackRecordSchema,
  makeFeedbackId,
} from './record.ts';

/** Records of a page. */
export const PAGE_SIZE = 100;
/** Requests for records that are under way at once. */
const AT_ONCE = 8;

export interface NewFeedback extends Pick<FeedbackRecord, 'label' | 'requestId' | 'version'> {
  /** Only with consent. */
  picture: KeptPicture | null;
}

/**
 * Keeps a piece of feedback and returns its record. The picture is written before the record, so that a record never
 * speaks of a picture that isn't there. Throws UnavailableError.
 */
export async function keepFeedback(
  storage: Storage,
  { picture, ...said }: NewFeedback,
  { now = () => new Date() }: { now?: () => Date } = {},
): Promise<FeedbackRecord> {
  const at = now();
  const id = makeFeedbackId(at);
  const record: FeedbackRecord = {
    schemaVersion: 1,
    id,
    at: at.toISOString(),
    ...said,
    picture: picture && { bytes: picture.jpeg.length, width: picture.width, height: picture.height },
    state: 'new',
  };
  const content = Buffer.from(`${JSON.stringify(feedbackRecordSchema.parse(record), null, 2)}\n`);
  if (picture !== null) await storage.createOnce('feedback', feedbackPicturePath(id), picture.jpeg);
  try {
    await storage.createOnce('feedback', feedbackPath(id), content);
  } catch (error) {
    // Nobody gets this id, so nobody could delete the picture. Where this fails too, its retention ends it.
    if (picture !== null) await removeBlob(storage, 'feedback', feedbackPicturePath(id)).catch(() => {});
    throw error;
  }
  return record;
}

/**
 * Deletes what `id` names, the pictures first: when it is cut off between them, the id still finds the rest. The copy that
 * a reviewer accepted to train with goes too, also where the record is gone, its retention being over. Success too
 * where nothing is there any more. Throws UnavailableError.
 */
export async function deleteFeedback(storage: Storage, id: string): Promise<void> {
  await removeAcceptedCopies(storage, id);
  await removeBlob(storage, 'feedback', feedbackPicturePath(id));
  await removeBlob(storage, 'feedback', feedbackPath(id));
  // A review that read the record before it went may have copied since; see acceptFeedback.
  await removeAcceptedCopies(storage, id);
}

export interface FeedbackPage {
  /** Oldest first. */
  feedback: FeedbackRecord[];
  /** The id to go on after, or null at the end of the day. */
  next: string | null;
  /** Paths of records that can't be read: they are left out, and are there still. */
  damaged: string[];
}

/** Feedback of a day (`yyyy-mm-dd`, UTC) after the id `after`, a page of it. Throws UnavailableError. */
export async function listFeedback(
  storage: Storage,
  { day, after, pageSize = PAGE_SIZE }: { day: string; after?: string | undefined; pageSize?: number },
): Promise<FeedbackPage> {
  const beyond = after === undefined ? '' : feedbackPath(after);
  const paths: string[] = [];
  // One more than a page has, to know whether there is another.
  for await (const { path } of storage.listBlobs('feedback', `${day}/`)) {
    if (path.endsWith('.json') && path > beyond) paths.push(path);
    if (paths.length > pageSize) break;
  }
  const page = paths.slice(0, pageSize);
  const found = await readRecords(storage, page);
  const isRecord = (one: (typeof found)[number]) => typeof one !== 'string';
  return {
    feedback: found.filter(isRecord),
    next: paths.length > pageSize ? idOfPath(page.at(-1)!) : null,
    damaged: page.filter((_, index) => found[index] === 'damaged'),
  };
}

/** The records at `paths`, in their order; one that can't be read, or is gone since it was listed, says so. */
export async function readRecords(
  storage: Storage,
  paths: readonly string[],
): Promise<(FeedbackRecord | 'damaged' | 'gone')[]> {
  return mapConcurrently(paths, AT_ONCE, (path) => readRecord(storage, path));
}

async function readRecord(storage: Storage, path: string): Promise<FeedbackRecord | 'damaged' | 'gone'> {
  const blob = await storage.find('feedback', path);
  if (blob === undefined) return 'gone';
  return tryDocument(feedbackRecordSchema, blob.bytes) ?? 'damaged';
}

function idOfPath(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.json$/, '');
}
