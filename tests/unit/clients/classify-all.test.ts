/** A folder on its way through batches that fail in every way, without a service. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NamedPicture, RefusedError, UnreachableError } from '../../../clients/typescript/index.ts';
import { type ClassifyAllOptions, classifyAll } from '../../../scripts/classify/classify-all.ts';
import { findPhotographs } from '../../../scripts/classify/find-photographs.ts';
import { anAnswer } from './answers.ts';

const MODEL = { version: 'v1', precision: 'int8' } as const;
const CALL = { requestId: 'r', model: MODEL };
const LATE = { type: 'urn:pawprint:problem:deadline', title: 'Deadline', status: 504, detail: 'Too late.' };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-all-'));
  for (let i = 1; i <= 50; i++) writeFileSync(join(folder, `${i}.jpg`), `picture ${i}`);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const textOf = (picture: unknown) => Buffer.from(picture as Uint8Array).toString();
const resultOf = (filename: string | undefined) => ({
  filename: filename ?? null,
  ...anAnswer({ name: filename! }),
});

const batched = (pictures: readonly NamedPicture[]) => ({
  ...CALL,
  results: pictures.map(({ filename }) => resultOf(filename)),
  timing: { totalMs: 1 },
});

function run(client: Partial<ClassifyAllOptions['client']>, options: Partial<ClassifyAllOptions> = {}) {
  const { photographs } = findPhotographs(['.'], { folder });
  const unused = async () => {
    throw new Error('not expected');
  };
  return classifyAll(photographs, {
    client: { classify: unused, classifyBatch: unused, ...client },
    thumbnails: false,
    signal: new AbortController().signal,
    onProgress: () => {},
    ...options,
  });
}

function refusalOf(status: number) {
  return new RefusedError({
    status,
    problem: null,
    retryAfterSeconds: undefined,
    requestId: null,
    attempts: 1,
  });
}

test('each photograph has its own answer, in order, sixteen to a request', async () => {
  const sizes: number[] = [];
  const done: number[] = [];
  const classifyBatch = async (pictures: readonly NamedPicture[]) => {
    sizes.push(pictures.length);
    for (const { picture, filename } of pictures) expect(`${textOf(picture).slice(8)}.jpg`).toBe(filename);
    return batched(pictures);
  };
  const rows = await run({ classifyBatch }, { onProgress: (count) => done.push(count) });
  expect(sizes).toEqual([16, 16, 16, 2]);
  expect(done).toEqual([16, 32, 48, 50]);
  const names = Array.from({ length: 50 }, (_, i) => `${i + 1}.jpg`);
  expect(rows.map(({ name }) => name)).toEqual(names);
  expect(rows.map(({ result }) => 'answer' in result && result.answer.predictions[0]!.name)).toEqual(names);
});

test('what had no time left in its batch is asked for alone', async () => {
  const alone: string[] = [];
  const rows = await run({
    classifyBatch: async (pictures) => ({
      ...batched(pictures),
      results: pictures.map(({ filename }) =>
        filename === '7.jpg' ? { filename, problem: LATE } : resultOf(filename),
      ),
    }),
    classify: async (picture) => {
      alone.push(textOf(picture));
      return { ...CALL, ...anAnswer() };
    },
  });
  expect(alone).toEqual(['picture 7']);
  expect(rows.every(({ result }) => 'answer' in result)).toBe(true);
});

test.each([413, 504])('a batch that is refused with %d is sent one by one', async (status) => {
  const rows = await run({
    classifyBatch: async () => {
      throw refusalOf(status);
    },
    classify: async (picture) => {
      if (textOf(picture) === 'picture 3') throw refusalOf(422);
      return { ...CALL, ...anAnswer() };
    },
  });
  expect(rows.flatMap(({ name, result }) => ('fault' in result ? [name] : []))).toEqual(['3.jpg']);
});

test('a service that is gone is asked three times more, and every photograph still has its row', async () => {
  let asked = 0;
  const rows = await run({
    classifyBatch: async () => {
      asked++;
      throw new UnreachableError("The service can't be reached: gone.", { attempts: 8 });
    },
  });
  expect(asked).toBe(3);
  expect(rows).toHaveLength(50);
  for (const { result } of rows)
    expect(result).toMatchObject({ fault: expect.stringContaining("can't be reached") });
});

test('one that comes back goes on', async () => {
  let asked = 0;
  const rows = await run({
    classifyBatch: async (pictures) => {
      asked++;
      if (asked % 2 === 1) throw new UnreachableError('gone', { attempts: 8 });
      return batched(pictures);
    },
  });
  expect(rows.filter(({ result }) => 'answer' in result)).toHaveLength(18);
});

test('when it is stopped, what is there is kept and the others say so', async () => {
  const stop = new AbortController();
  const classifyBatch = async (pictures: readonly NamedPicture[]) => {
    if (stop.signal.aborted) throw stop.signal.reason;
    return batched(pictures);
  };
  const rows = await run({ classifyBatch }, { signal: stop.signal, onProgress: () => stop.abort() });
  expect(rows).toHaveLength(50);
  expect(rows.filter(({ result }) => 'answer' in result)).toHaveLength(16);
  expect(rows[16]!.result).toEqual({ fault: 'Stopped before its turn.' });
});
