/** Deliveries of one event under a receipt: field case 59's duplicates, and what crashes leave. Time is the test's own. */
import { InvalidModelError, UnavailableError } from '../../../../core/errors.ts';
import { runStep, type Step, type StepOptions } from '../../../../core/lifecycle/run-step.ts';
import { receiptPath } from '../../../../core/storage/names.ts';
import { MemoryBlobs } from '../../../helpers/memory-blobs.ts';

const VERSION = '20261125T081500Z-1c9f00aa';
const RECEIPT = receiptPath('convert', VERSION);

let blobs: MemoryBlobs;
beforeEach(() => {
  jest.useFakeTimers({ now: new Date('2026-11-25T12:00:00.000Z') });
  blobs = new MemoryBlobs();
  blobs.put('trained', `${VERSION}/manifest.json`);
});
afterEach(() => jest.useRealTimers());

const receipt = () => blobs.json('registry', RECEIPT);

/** A step that notes how often it was begun, and how often two were at work at once. */
function aStep({
  work = async () => {},
  isDone = true,
}: {
  work?: () => Promise<void>;
  isDone?: boolean;
} = {}) {
  const counts = { begun: 0, atOnce: 0, most: 0 };
  const step: Step<string> = {
    name: 'convert',
    version: VERSION,
    isDone: async () => isDone,
    async work() {
      counts.begun++;
      counts.most = Math.max(counts.most, ++counts.atOnce);
      try {
        await work();
        return 'worked';
      } finally {
        counts.atOnce--;
      }
    },
  };
  return { step, counts };
}

const deliver = (step: Step<string>, options?: StepOptions) => runStep(blobs.storage, step, options);
const seconds = (count: number) => new Promise<void>((resolve) => setTimeout(resolve, count * 1000));
const never = () => new Promise<void>(() => {});

/** The outcome of something that waits, after as much time as it may take. */
async function after<T>(waited: number, delivery: Promise<T>): Promise<T> {
  delivery.catch(() => {});
  await jest.advanceTimersByTimeAsync(waited * 1000);
  return Promise.race([delivery, Promise.reject(new Error(`not within ${waited} s`))]);
}

test('work leaves a receipt that says so, and a duplicate ends at once', async () => {
  const { step, counts } = aStep();
  await expect(deliver(step)).resolves.toBe('worked');
  expect(receipt()).toMatchObject({ state: 'finished', attempts: 1, lastError: null });
  await expect(deliver(step)).resolves.toBe('done before');
  expect(counts.begun).toBe(1);
});

test('four deliveries at once: one works, longer than a lease, and the others wait for it', async () => {
  const { step, counts } = aStep({ work: () => seconds(100) });
  const all = Promise.all([1, 2, 3, 4].map(() => deliver(step)));
  const outcomes = await after(110, all);
  expect(outcomes.sort()).toEqual(['done before', 'done before', 'done before', 'worked']);
  expect(counts).toMatchObject({ begun: 1, most: 1 });
});

test('a result that is gone, or was none, is worked out again', async () => {
  const { step, counts } = aStep({ isDone: false });
  await deliver(step);
  await expect(deliver(step)).resolves.toBe('worked');
  expect(counts.begun).toBe(2);
});

test('a manifest that changed is worked on again, with attempts of its own', async () => {
  const { step, counts } = aStep();
  await deliver(step);
  blobs.put('trained', `${VERSION}/manifest.json`, 'mended');
  await expect(deliver(step)).resolves.toBe('worked');
  expect(counts.begun).toBe(2);
  expect(receipt()).toMatchObject({ attempts: 1 });
});

test('work that fails keeps its error, and the next delivery begins at once', async () => {
  const fault = new InvalidModelError('weights.bin is damaged');
  const failing = aStep({ work: () => Promise.reject(fault) });
  await expect(deliver(failing.step)).rejects.toBe(fault);
  expect(receipt()).toMatchObject({ state: 'failed', attempts: 1, lastError: 'weights.bin is damaged' });
  await expect(deliver(failing.step)).rejects.toBe(fault);
  expect(receipt()).toMatchObject({ attempts: 2 });
  await expect(deliver(aStep().step)).resolves.toBe('worked');
  expect(receipt()).toMatchObject({ state: 'finished', attempts: 3, lastError: null });
});

test('what a process left that died is taken over when its receipt expires, and not before', async () => {
  // A process that died doesn't renew: the same as one whose work hangs for longer than it may.
  const dead = aStep({ work: never });
  deliver(dead.step, { longestWorkMs: 0 }).catch(() => {});
  await jest.advanceTimersByTimeAsync(1000);
  const { step, counts } = aStep();
  const taking = deliver(step);
  taking.catch(() => {});
  await jest.advanceTimersByTimeAsync(50_000);
  expect(counts.begun).toBe(0);
  await expect(after(15, taking)).resolves.toBe('worked');
  expect(receipt()).toMatchObject({ state: 'finished', attempts: 2 });
});

test('work that hangs holds its receipt as long as the host lets it run, not for ever', async () => {
  deliver(aStep({ work: never }).step).catch(() => {});
  await jest.advanceTimersByTimeAsync(290_000);
  expect(Date.parse(String(receipt().expiresAt))).toBeGreaterThan(Date.now());
  await jest.advanceTimersByTimeAsync(100_000);
  expect(Date.parse(String(receipt().expiresAt))).toBeLessThan(Date.now());
});

test('a delivery doesn’t wait for ever for another: it fails, and comes again', async () => {
  deliver(aStep({ work: never }).step).catch(() => {});
  await jest.advanceTimersByTimeAsync(1);
  const { step, counts } = aStep();
  const waiting = after(130, deliver(step));
  await expect(waiting).rejects.toThrow(UnavailableError);
  await expect(waiting).rejects.toThrow(/convert of 20261125T081500Z-1c9f00aa is under way since/);
  expect(counts.begun).toBe(0);
});

test('a receipt that was taken, but the answer got lost, is known again as one’s own', async () => {
  const swap = blobs.swap.bind(blobs);
  let lost = 0;
  // The SDK’s second try is refused by what its first one wrote.
  blobs.swap = async (...args) => {
    await swap(...args);
    lost++;
    return swap(...args);
  };
  await expect(deliver(aStep().step)).resolves.toBe('worked');
  expect(lost).toBe(2);
  expect(receipt()).toMatchObject({ state: 'finished', attempts: 1 });
});

test('a receipt that can’t be closed doesn’t undo the work', async () => {
  const lines: string[] = [];
  const { step } = aStep({
    work: async () => {
      blobs.swap = async () => {
        throw new UnavailableError('out of reach');
      };
    },
  });
  await expect(deliver(step, { log: (line) => lines.push(line) })).resolves.toBe('worked');
  expect(lines).toEqual([expect.stringContaining('is left to expire: out of reach')]);
});

test('a delivery that stood still past its lease leaves the receipt to who took it over', async () => {
  let resume = () => {};
  const frozen = deliver(aStep({ work: () => new Promise((resolve) => (resume = resolve)) }).step, {
    renewMs: 1e9,
  });
  await jest.advanceTimersByTimeAsync(61_000);
  const other = deliver(aStep({ work: () => seconds(30) }).step);
  await jest.advanceTimersByTimeAsync(1000);
  const owner = receipt().owner;
  resume();
  await expect(frozen).resolves.toBe('worked');
  expect(receipt()).toMatchObject({ state: 'working', owner });
  await expect(after(30, other)).resolves.toBe('worked');
});

test.each([
  ['no manifest', () => blobs.blobs.delete(`trained/${VERSION}/manifest.json`)],
  // Field case 59: the first event may come before the content.
  ['an empty manifest', () => blobs.put('trained', `${VERSION}/manifest.json`, '')],
])('%s: nothing to do, and no receipt of it', async (_, prepare) => {
  prepare();
  const { step, counts } = aStep();
  await expect(deliver(step)).resolves.toBe('gone');
  expect(counts.begun).toBe(0);
  expect(blobs.paths().filter((path) => path.startsWith('registry/'))).toEqual([]);
});

test('a receipt that can’t be read blocks nothing', async () => {
  blobs.put('registry', RECEIPT, '{"state": "wor');
  await expect(deliver(aStep().step)).resolves.toBe('worked');
  expect(receipt()).toMatchObject({ state: 'finished' });
});
