/** What becomes of a message in the poison queue. */
import { BadRequestError } from '../../../../core/errors.ts';
import { parsePoisonMessage } from '../../../../core/lifecycle/poison-message.ts';
import type { Receipt } from '../../../../core/lifecycle/receipts.ts';
import { recordFailure } from '../../../../core/lifecycle/record-failure.ts';
import type { VersionRecord } from '../../../../core/registry/schema.ts';
import { receiptPath, recordPath, type StepName } from '../../../../core/storage/names.ts';
import { MemoryBlobs } from '../../../helpers/memory-blobs.ts';

const VERSION = '20261125T081500Z-1c9f00aa';
const now = new Date('2026-11-25T12:00:00.000Z');

let blobs: MemoryBlobs;
let manifest: string;
beforeEach(() => {
  blobs = new MemoryBlobs();
  blobs.put('trained', `${VERSION}/manifest.json`);
  manifest = blobs.put('models', `${VERSION}/manifest.json`);
});

function putReceipt(step: StepName, changes: Partial<Receipt> = {}): void {
  const receipt: Receipt = {
    schemaVersion: 1,
    step,
    version: VERSION,
    manifest,
    state: 'failed',
    owner: 'somebody',
    attempts: 5,
    startedAt: '2026-11-25T11:59:00.000Z',
    expiresAt: '2026-11-25T12:00:00.000Z',
    lastError: 'golden.bin is damaged',
    ...changes,
  };
  blobs.put('registry', receiptPath(step, VERSION), receipt);
}

function putRecord(state: VersionRecord['state'], changes: Partial<VersionRecord> = {}): void {
  const precision = state === 'blessed' ? 'int8' : null;
  blobs.put('registry', recordPath(VERSION), {
    schemaVersion: 1,
    version: VERSION,
    state,
    precision,
    registeredAt: '2026-11-25T10:00:00.000Z',
    gates: [],
    ...changes,
  });
}

const record = () => blobs.json('registry', recordPath(VERSION));
const fail = (step: StepName = 'register') => recordFailure(blobs.storage, { step, version: VERSION, now });

test('the version is recorded as failed, with the last error of its receipt', async () => {
  putReceipt('register');
  await expect(fail()).resolves.toEqual({
    step: 'register',
    version: VERSION,
    attempts: 5,
    reason: 'golden.bin is damaged',
  });
  expect(record()).toEqual({
    schemaVersion: 1,
    version: VERSION,
    state: 'failed',
    precision: null,
    registeredAt: now.toISOString(),
    gates: [
      { name: 'register ends', value: 5, threshold: null, passed: false, reason: 'golden.bin is damaged' },
    ],
  });
});

test('an attempt whose process died says so', async () => {
  putReceipt('register', { state: 'working', lastError: null });
  await expect(fail()).resolves.toMatchObject({
    reason: expect.stringMatching(/began at 2026-11-25T11:59:00.000Z never ended/),
  });
});

test.each([
  ['no receipt', () => {}],
  ['one of another manifest', () => putReceipt('register', { manifest: '"other"', state: 'finished' })],
])('%s: the reason is in the log', async (_, prepare) => {
  prepare();
  await expect(fail()).resolves.toMatchObject({
    attempts: 0,
    reason: expect.stringContaining('in the log of the function register'),
  });
});

test.each<VersionRecord['state']>(['rejected', 'failed'])(
  'a record that says %s gives way to the failure',
  async (state) => {
    putRecord(state);
    putReceipt('register');
    await fail();
    expect(record()).toMatchObject({ state: 'failed', registeredAt: now.toISOString() });
  },
);

test('a version that is blessed stays blessed', async () => {
  putRecord('blessed');
  putReceipt('register');
  await expect(fail()).resolves.toBeUndefined();
  expect(record()).toMatchObject({ state: 'blessed' });
});

test('one that was blessed, removed, and fails when it is pushed again is recorded as failed', async () => {
  const removed = { at: '2026-11-25T11:00:00.000Z', by: 'gc', reason: 'old' };
  putRecord('blessed', { removed });
  putReceipt('register');
  await expect(fail()).resolves.toMatchObject({ attempts: 5 });
  expect(record()).toMatchObject({ state: 'failed' });
  expect(record()).not.toHaveProperty('removed');
});

test('one that is blessed between the look and the write stays blessed', async () => {
  putRecord('rejected');
  putReceipt('register');
  const replace = blobs.replace.bind(blobs);
  blobs.replace = async (...args) => {
    blobs.replace = replace;
    putRecord('blessed');
    return replace(...args);
  };
  await expect(fail()).resolves.toBeUndefined();
  expect(record()).toMatchObject({ state: 'blessed' });
});

test('a step that was finished meanwhile has not failed', async () => {
  putRecord('rejected');
  putReceipt('register', { state: 'finished', lastError: null });
  await expect(fail()).resolves.toBeUndefined();
  expect(record()).toMatchObject({ state: 'rejected' });
});

test('a version that is gone gets no record', async () => {
  blobs.blobs.delete(`models/${VERSION}/manifest.json`);
  await expect(fail()).resolves.toBeUndefined();
  expect(blobs.paths()).toEqual([`trained/${VERSION}/manifest.json`]);
});

describe('a message', () => {
  const message = {
    Type: 'BlobTrigger',
    FunctionId: 'Host.Functions.convert',
    BlobType: 'BlockBlob',
    ContainerName: 'trained',
    BlobName: `${VERSION}/manifest.json`,
    ETag: '"0x1"',
  };

  test.each([
    ['as the host parsed it', message],
    ['as text', JSON.stringify(message)],
    ["with the app's name before the function's", { ...message, FunctionId: 'pawprint.Functions.convert' }],
  ])('is understood %s', (_, given) => {
    expect(parsePoisonMessage(given)).toEqual({ step: 'convert', version: VERSION });
  });

  test.each([
    ['no JSON', 'hello'],
    ['nothing', undefined],
    ['another function', { ...message, FunctionId: 'Host.Functions.thumbnails' }],
    ['a function whose name only ends alike', { ...message, FunctionId: 'Host.Functions.reconvert' }],
    ['another container', { ...message, ContainerName: 'models' }],
    ['another blob', { ...message, BlobName: `${VERSION}/weights.bin` }],
    ['a blob outside', { ...message, BlobName: `../${VERSION}/manifest.json` }],
  ])('about %s is refused, for a person to find', (_, given) => {
    expect(() => parsePoisonMessage(given)).toThrow(BadRequestError);
    expect(() => parsePoisonMessage(given)).toThrow('webjobs-blobtrigger-poison-poison');
  });
});
