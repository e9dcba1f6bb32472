import { guardNative } from '../../../../core/inference/worker/native.ts';
import { PHASE } from '../../../../core/inference/worker/protocol.ts';

let phases: Int32Array<SharedArrayBuffer>;
beforeEach(() => {
  phases = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
});
const close = () => Atomics.compareExchange(phases, 0, PHASE.free, PHASE.closed);
const settled = (promise: Promise<unknown>) =>
  Promise.race([promise.then(() => true), new Promise((resolve) => setTimeout(resolve, 20, false))]);

test('the thread is in native code while work is under way, and free after it, also after a fault', async () => {
  const native = guardNative(phases.buffer);
  expect(await native(async () => Atomics.load(phases, 0))).toBe(PHASE.native);
  expect(phases[0]).toBe(PHASE.free);
  await expect(native(() => Promise.reject(new Error('no model')))).rejects.toThrow('no model');
  expect(phases[0]).toBe(PHASE.free);
});

test('work that comes while other work is inside goes in too, and the last one frees the thread', async () => {
  const native = guardNative(phases.buffer);
  const [first, second] = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
  const both = [native(() => first.promise), native(() => second.promise)];
  first.resolve(1);
  expect(await both[0]).toBe(1);
  expect(phases[0]).toBe(PHASE.native);
  second.resolve(2);
  expect(await both[1]).toBe(2);
  expect(phases[0]).toBe(PHASE.free);
});

test('nothing goes in once the process is about to end', async () => {
  const native = guardNative(phases.buffer);
  close();
  const work = jest.fn();
  expect(await settled(native(work))).toBe(false);
  expect(work).not.toHaveBeenCalled();
});
