/**
 * @module scripts/classify/classify-all
 * Sends photographs in batches and makes a row of each, whatever happens.
 */
import { readFile } from 'node:fs/promises';
import {
  MOST_PICTURES,
  type PawprintClient,
  PawprintClientError,
  RefusedError,
} from '../../clients/typescript/index.ts';
import { messageOf } from '../../core/errors.ts';
import { type Photograph, withFault } from './find-photographs.ts';
import type { Row } from './row.ts';
import { makeThumbnail } from './small-picture.ts';

type Result = Row['result'];
type Client = Pick<PawprintClient, 'classify' | 'classifyBatch'>;

interface Loaded extends Photograph {
  content: Uint8Array<ArrayBuffer>;
}

/** Of a request; the service takes 40 MB of a form. */
const MOST_BATCH_BYTES = 32 * 1024 * 1024;
/** Larger ones are made smaller before they are sent, so they count as this. */
const MOST_PICTURE_BYTES = 10 * 1024 * 1024;
/** A photograph of more bytes than this is none. */
const MOST_FILE_BYTES = 500 * 1024 * 1024;
/** Batches without any answer in a row, after which the service counts as gone. */
const MOST_UNREACHABLE = 3;
/** The key is wrong: so it will be for the next. */
const HOPELESS_STATUSES = [401, 403];
/** A photograph of a batch that had no time left may have an answer alone. */
const TOO_LATE_STATUS = 504;

export interface ClassifyAllOptions {
  client: Client;
  thumbnails: boolean;
  signal: AbortSignal;
  /** Called with the number of rows so far. */
  onProgress: (done: number) => void;
}

/** A row for each photograph, in their order. Never throws for what the service or a file does. */
export async function classifyAll(
  photographs: readonly Photograph[],
  { client, thumbnails, signal, onProgress }: ClassifyAllOptions,
): Promise<Row[]> {
  const rows: Row[] = [];
  let unreachable = 0;
  let over: string | undefined;
  for (const batch of batchesOf(photographs)) {
    const loaded: readonly (Photograph | Loaded)[] =
      over === undefined && !signal.aborted ? await Promise.all(batch.map(load)) : batch;
    const toSend = loaded.filter(isLoaded);
    const { results, error } = await answerAll(toSend, { client, signal });
    unreachable = error !== undefined && !(error instanceof RefusedError) ? unreachable + 1 : 0;
    for (const photograph of loaded) {
      const { name, fault = over ?? 'Stopped before its turn.' } = photograph;
      const result = results.get(photograph) ?? { fault };
      const thumbnail =
        thumbnails && isLoaded(photograph) ? await makeThumbnail(photograph.content) : undefined;
      rows.push({ name, result, thumbnail });
    }
    onProgress(rows.length);
    const isHopeless = error instanceof RefusedError && HOPELESS_STATUSES.includes(error.status);
    if (isHopeless) over = faultOf(error);
    else if (unreachable >= MOST_UNREACHABLE) over = `Not sent: ${faultOf(error!)}`;
  }
  return rows;
}

/** In their order, as many to a batch as the service takes. */
function batchesOf(photographs: readonly Photograph[]): Photograph[][] {
  const batches: Photograph[][] = [];
  let bytes = 0;
  for (const photograph of photographs) {
    const added = Math.min(photograph.bytes, MOST_PICTURE_BYTES);
    const last = batches.at(-1);
    const fits = last !== undefined && last.length < MOST_PICTURES && bytes + added <= MOST_BATCH_BYTES;
    if (fits) last.push(photograph);
    else batches.push([photograph]);
    bytes = fits ? bytes + added : added;
  }
  return batches;
}

function isLoaded(photograph: Photograph | Loaded): photograph is Loaded {
  return 'content' in photograph;
}

async function load(photograph: Photograph): Promise<Photograph | Loaded> {
  const { path, name, bytes, fault } = photograph;
  if (fault !== undefined) return photograph;
  if (bytes > MOST_FILE_BYTES) return { ...photograph, fault: 'This file is too large for a photograph.' };
  try {
    return { ...photograph, content: new Uint8Array(await readFile(path)) };
  } catch (error) {
    return withFault(path, name, error);
  }
}

interface Answered {
  results: Map<Photograph, Result>;
  /** Why the whole batch had no answer. */
  error?: PawprintClientError;
}

interface Asking {
  client: Client;
  signal: AbortSignal;
}

async function answerAll(photographs: readonly Loaded[], asking: Asking): Promise<Answered> {
  const results = new Map<Photograph, Result>();
  if (photographs.length === 0) return { results };
  const [first, ...others] = photographs;
  try {
    if (others.length === 0) return { results: results.set(first!, await answerOne(first!, asking)) };
    const pictures = photographs.map(({ content, name }) => ({ picture: content, filename: name }));
    const { model, results: answers } = await asking.client.classifyBatch(pictures, {
      signal: asking.signal,
    });
    for (const [index, answer] of answers.entries()) {
      const photograph = photographs[index]!;
      if (!('problem' in answer)) results.set(photograph, { answer, version: model.version });
      else if (answer.problem.status === TOO_LATE_STATUS)
        results.set(photograph, await settle(photograph, asking));
      else results.set(photograph, { fault: answer.problem.detail });
    }
    return { results };
  } catch (error) {
    if (asking.signal.aborted) return { results };
    if (!(error instanceof PawprintClientError)) throw error;
    if (others.length > 0 && isAboutTheBatch(error)) {
      // Together too much or too slow; each by itself may do.
      for (const photograph of photographs) results.set(photograph, await settle(photograph, asking));
      return { results };
    }
    for (const photograph of photographs) results.set(photograph, { fault: faultOf(error) });
    return { results, error };
  }
}

function isAboutTheBatch(error: PawprintClientError): boolean {
  return error instanceof RefusedError && [400, 413, 422, 500, TOO_LATE_STATUS].includes(error.status);
}

async function answerOne({ content }: Loaded, { client, signal }: Asking): Promise<Result> {
  const { model, ...answer } = await client.classify(content, { signal });
  return { answer, version: model.version };
}

/** What becomes of one photograph that is asked for alone. */
async function settle(photograph: Loaded, asking: Asking): Promise<Result> {
  try {
    return await answerOne(photograph, asking);
  } catch (error) {
    if (asking.signal.aborted) return { fault: 'Stopped before its turn.' };
    return { fault: faultOf(error) };
  }
}

/** The client's words are for who calls it from code; a key is given to the command in another way. */
function faultOf(error: unknown): string {
  const asksForKey =
    error instanceof RefusedError && error.problem === null && HOPELESS_STATUSES.includes(error.status);
  if (!asksForKey) return messageOf(error);
  return `The service asks for a key, or for another one (status ${error.status}). Give it as --key KEY, or as PAWPRINT_KEY in the environment.`;
}
