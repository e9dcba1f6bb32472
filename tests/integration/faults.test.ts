/**
 * Whatever goes wrong at whichever call that convert and register make of storage, after the event is delivered
 * again all is as if nothing had (field cases 59, 72). One fault at a time, at every call, over a real connection to
 * Azurite.
 */
import { runStep, type Step, type StepOptions } from '../../core/lifecycle/run-step.ts';
import { convertStep, registerStep } from '../../core/lifecycle/steps.ts';
import type { Storage } from '../../core/storage/storage.ts';
import { type RunningAzurite, startAzurite } from '../../scripts/azurite.ts';
import { empty, endState, remember } from '../helpers/end-state.ts';
import {
  type Call,
  type Fault,
  type FaultyStorage,
  startFaultyStorage,
  storageWithTries,
} from '../helpers/faulty-storage.ts';
import { aFloat32Version, pushTiny } from '../helpers/push-tiny.ts';

let azurite: RunningAzurite;
let line: FaultyStorage;
let storage: Storage;
let older: string;
let version: string;

beforeAll(async () => {
  azurite = await startAzurite();
  line = await startFaultyStorage(azurite);
  storage = storageWithTries(azurite.connectionString, 3);
  await storage.ensureContainers();
  older = await pushTiny(storage, await aFloat32Version({ seed: 1, createdAt: '2026-11-25T09:00:00.000Z' }));
  version = await pushTiny(
    storage,
    await aFloat32Version({ seed: 2, createdAt: '2026-11-25T10:00:00.000Z' }),
  );
}, 60_000);
afterAll(async () => {
  await line?.stop();
  await azurite?.stop();
});

/** After which a call without an answer is given up; any other takes a small part of it. */
const SILENCE_MS = 1_000;

/** The clock of a delivery that comes when every receipt of before has expired. */
const later = () => new Date(Date.now() + 600_000);

interface Subject {
  step(storage: Storage): Step<unknown>;
  outcome: unknown;
  /** Brings about what is there when the event comes, and returns what brings it back. */
  prepare(): Promise<() => Promise<void>>;
}

const SUBJECTS: Record<string, Subject> = {
  convert: {
    step: (through) => convertStep(through, version),
    outcome: 'converted',
    prepare: async () => () => empty(azurite.connectionString, { containers: ['models', 'registry'] }),
  },
  'register, with a version in production,': {
    step: (through) => registerStep(through, version, { by: 'register' }),
    outcome: expect.objectContaining({ outcome: 'promoted' }),
    prepare: async () => {
      await runStep(storage, convertStep(storage, older));
      await runStep(storage, registerStep(storage, older, { by: 'register' }));
      await runStep(storage, convertStep(storage, version));
      return remember(azurite.connectionString, 'registry');
    },
  },
};

describe.each(Object.keys(SUBJECTS))('%s', (name) => {
  const { step, outcome, prepare } = SUBJECTS[name]!;
  let restore: () => Promise<void>;
  let calls: readonly Call[];
  let expected: string;

  const deliver = (maxTries: number, options: StepOptions = {}, patienceMs?: number) => {
    const through = storageWithTries(line.connectionString, maxTries, patienceMs);
    return runStep(through, step(through), { waitMs: 0, ...options });
  };
  const stateNow = async () => JSON.stringify(await endState(azurite.connectionString), null, 1);

  beforeAll(async () => {
    restore = await prepare();
    await restore();
    line.begin();
    expect(await deliver(1)).toEqual(outcome);
    calls = line.calls;
    expected = await stateNow();
    console.log(
      `${name} makes ${calls.length} calls of storage, ${calls.filter(isWrite).length} of them writes`,
    );
  });

  const isWrite = ({ method }: Call) => method === 'PUT';
  const isRead = ({ method }: Call) => method === 'GET';
  const isAny = () => true;

  /** Delivers the event with a fault at one call, and again. Returns what is wrong with the end, if anything. */
  async function wrongAfter(at: number, fault: Fault, maxTries: number): Promise<string | undefined> {
    await restore();
    line.begin({ at, fault });
    await deliver(maxTries, {}, fault === 'no answer' ? SILENCE_MS : undefined).catch(() => {});
    if (!line.happened) return 'the fault did not happen';
    line.begin();
    try {
      await deliver(maxTries);
    } catch (error) {
      // Only a delivery that couldn't close its receipt has to be waited for.
      const isReceipt = calls[at]!.target.startsWith('registry/receipts/');
      if (!isReceipt || !/is under way since/.test(String(error))) return String(error);
      await deliver(maxTries, { now: later });
    }
    const found = await stateNow();
    return found === expected ? undefined : found;
  }

  test.each<{ fault: Fault; maxTries: number; at: (call: Call) => boolean }>([
    { fault: 'error 500', maxTries: 1, at: isAny },
    { fault: 'precondition 412', maxTries: 1, at: isAny },
    { fault: 'connection lost before', maxTries: 1, at: isAny },
    { fault: 'no answer', maxTries: 1, at: isAny },
    // To lose the answer to a call that changes nothing is to lose the call.
    { fault: 'answer lost', maxTries: 1, at: isWrite },
    { fault: 'answer lost', maxTries: 2, at: isWrite },
    { fault: 'answer cut off', maxTries: 1, at: isRead },
  ])(
    '$fault at each call (tries: $maxTries): the same end after the event came again',
    async ({ fault, maxTries, at }) => {
      const wrong: Record<string, string> = {};
      let covered = 0;
      for (const [index, call] of calls.entries()) {
        if (!at(call)) continue;
        covered++;
        const difference = await wrongAfter(index, fault, maxTries);
        if (difference !== undefined) wrong[`${index} ${call.method} ${call.target}`] = difference;
      }
      expect(wrong).toEqual({});
      expect(covered).toBe(calls.filter(at).length);
      expect(covered).toBeGreaterThanOrEqual(4);
    },
    180_000,
  );
});
