/**
 * @module scripts/feedback
 * A review of feedback: what people said is looked at, and what is right becomes training data.
 *
 *     npm run feedback -- list --review pending
 *     npm run feedback -- accept 20261130-093012345
 */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { BadRequestError, messageOf, NotFoundError, PawprintError } from '../core/errors.ts';
import { type FeedbackRecord, parseFeedbackId } from '../core/feedback/record.ts';
import {
  acceptFeedback,
  findFeedback,
  readPicture,
  rejectFeedback,
  showFeedback,
} from '../core/feedback/review.ts';
import type { Label } from '../core/manifest.ts';
import { findManifest } from '../core/registry/list-versions.ts';
import { findPointer } from '../core/registry/pointer.ts';
import { openStorage, type Storage } from '../core/storage/storage.ts';
import { runCommand } from '../training/run-command.ts';
import {
  FEEDBACK_USAGE,
  type FeedbackCommand,
  type FeedbackOptions,
  parseFeedbackOptions,
} from './feedback/command-line.ts';
import { formatFeedback, formatOne, formatReviewed } from './feedback/format.ts';
import { renderSheet, type SheetEntry } from './feedback/sheet.ts';
import { userName } from './models/command-line.ts';
import { findPlace } from './models/place.ts';
import { ROOT } from './paths.ts';

/** For programs, and the same for people. */
interface Output {
  json: unknown;
  lines: string[];
}

const COMMANDS: Record<FeedbackCommand, (storage: Storage, options: FeedbackOptions) => Promise<Output>> = {
  async list(storage, { review }) {
    const { feedback, damaged } = await findFeedback(storage, { state: review });
    return { json: { feedback, damaged }, lines: formatFeedback(feedback, damaged) };
  },
  async show(storage, { ids }) {
    const record = await showFeedback(storage, await wholeId(storage, ids[0]!));
    return { json: record, lines: formatOne(record) };
  },
  async sheet(storage, { out, review = 'new' }) {
    const { feedback } = await findFeedback(storage, { state: review });
    const entries: SheetEntry[] = [];
    for (const record of feedback.filter(({ picture }) => picture !== null)) {
      const jpeg = await readPicture(storage, record.id);
      if (jpeg !== null) entries.push({ record, jpeg });
    }
    const path = resolve(process.env.INIT_CWD ?? '.', out);
    await writeFile(path, renderSheet(entries));
    return { json: { path, pictures: entries.length }, lines: [`${path}: ${entries.length} pictures`] };
  },
  async accept(storage, { ids, label, reason, by = userName() }) {
    const labels = await breedsInProduction(storage);
    return reviewEach(storage, ids, (id) =>
      acceptFeedback(storage, id, { breed: label, labels, by, reason }),
    );
  },
  async reject(storage, { ids, reason, by = userName() }) {
    return reviewEach(storage, ids, (id) => rejectFeedback(storage, id, { by, reason }));
  },
};

await runCommand(async (words) => {
  const options = parseFeedbackOptions(words);
  if (options === 'help') return console.log(FEEDBACK_USAGE);
  const folder = process.env.INIT_CWD ?? ROOT;
  const { settings } = findPlace({ state: options.state, env: process.env, folder });
  const { json, lines } = await COMMANDS[options.command](openStorage(settings), options);
  console.log(options.json ? JSON.stringify(json, null, 2) : lines.join('\n'));
});

/** One that can't be reviewed doesn't keep the others from it, and is named at the end. */
async function reviewEach(
  storage: Storage,
  ids: readonly string[],
  review: (id: string) => Promise<FeedbackRecord>,
): Promise<Output> {
  const done: FeedbackRecord[] = [];
  const faults: { id: string; message: string }[] = [];
  for (const id of ids) {
    try {
      done.push(await review(await wholeId(storage, id)));
    } catch (error) {
      if (!(error instanceof PawprintError)) throw error;
      faults.push({ id, message: messageOf(error) });
    }
  }
  for (const { id, message } of faults) console.error(`${id}: ${message}`);
  if (faults.length > 0) process.exitCode = 2;
  return { json: { reviewed: done, faults }, lines: done.map(formatReviewed) };
}

/** The id that begins so. Throws NotFoundError and BadRequestError. */
async function wholeId(storage: Storage, beginning: string): Promise<string> {
  if (beginning.length >= 41) return parseFeedbackId(beginning);
  const day = `${beginning.slice(0, 4)}-${beginning.slice(4, 6)}-${beginning.slice(6, 8)}`;
  const paths = await storage.list('feedback', `${day}/${beginning}`);
  const found = paths.filter((path) => path.endsWith('.json')).map((path) => path.slice(11, -'.json'.length));
  if (found.length === 0) throw new NotFoundError(`There is no feedback that begins with ${beginning}.`);
  if (found.length === 1) return found[0]!;
  throw new BadRequestError(
    `${found.length} pieces of feedback begin with ${beginning}. Give more of the id.`,
  );
}

/** Null where nothing is in production: any breed goes then. */
async function breedsInProduction(storage: Storage): Promise<readonly Label[] | null> {
  const version = (await findPointer(storage))?.pointer.version;
  return version === undefined ? null : ((await findManifest(storage, version))?.labels ?? null);
}
