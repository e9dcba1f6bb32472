/**
 * The process of a conversion or registration is killed (SIGKILL) before each call that it makes of storage; a new
 * process gets the event again, and all is as if nothing had happened (field case 72). Killed after a call is killed
 * before the next one: between two calls nothing leaves the process.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runStep } from '../../core/lifecycle/run-step.ts';
import { convertStep, registerStep } from '../../core/lifecycle/steps.ts';
import type { StepName } from '../../core/storage/names.ts';
import type { Storage } from '../../core/storage/storage.ts';
import { type RunningAzurite, startAzurite } from '../../scripts/azurite.ts';
import type { Delivery } from '../helpers/deliver.ts';
import { type DeliveryProcess, startDeliveryProcess } from '../helpers/delivery-process.ts';
import { empty, endState, remember } from '../helpers/end-state.ts';
import { type FaultyStorage, startFaultyStorage, storageWithTries } from '../helpers/faulty-storage.ts';
import { aFloat32Version, pushTiny } from '../helpers/push-tiny.ts';

let azurite: RunningAzurite;
let line: FaultyStorage;
let storage: Storage;
let version: string;
/** The one at work, and one that is started meanwhile. */
let worker: DeliveryProcess;
let next: DeliveryProcess;
const temporary = mkdtempSync(join(tmpdir(), 'pawprint-kills-'));

beforeAll(async () => {
  azurite = await startAzurite();
  line = await startFaultyStorage(azurite);
  storage = storageWithTries(azurite.connectionString, 3);
  await storage.ensureContainers();
  const older = await aFloat32Version({ seed: 1, createdAt: '2026-11-25T09:00:00.000Z' });
  await pushTiny(storage, older);
  await runStep(storage, convertStep(storage, older.manifest.version));
  await runStep(storage, registerStep(storage, older.manifest.version, { by: 'register' }));
  version = await pushTiny(
    storage,
    await aFloat32Version({ seed: 2, createdAt: '2026-11-25T10:00:00.000Z' }),
  );
  worker = startDeliveryProcess(temporary);
  next = startDeliveryProcess(temporary);
}, 60_000);
afterAll(async () => {
  await Promise.all([worker?.stop(), next?.stop()]);
  await line?.stop();
  await azurite?.stop();
  rmSync(temporary, { recursive: true, force: true });
});

const anEvent = (step: StepName): Delivery => ({
  step,
  version,
  connectionString: line.connectionString,
});
/** Past the expiry of every receipt. */
const again = (step: StepName): Delivery => ({ ...anEvent(step), aheadMs: 600_000 });
const stateNow = () => endState(azurite.connectionString);

/** Delivers the event to the process at work, kills it before a call, and delivers it to a new one. */
async function killBefore(call: number, step: StepName): Promise<unknown> {
  const victim = worker;
  line.begin();
  line.guard = (index) => {
    if (index < call) return true;
    victim.kill();
    return false;
  };
  const ending = await victim.deliver(anEvent(step));
  line.guard = undefined;
  worker = next;
  next = startDeliveryProcess(temporary);
  if (ending !== 'killed') return { notKilled: ending };
  const delivered = await worker.deliver(again(step));
  return 'error' in (delivered as object) ? delivered : undefined;
}

test.each<StepName>(['convert', 'register'])(
  '%s, killed before each of its calls, ends all the same',
  async (step) => {
    if (step === 'register') await runStep(storage, convertStep(storage, version));
    // What the step writes; what is there before it comes stays: another version, in production.
    const written = step === 'convert' ? ['models', 'registry'] : ['registry'];
    const memories = await Promise.all(written.map((name) => remember(azurite.connectionString, name)));
    const restore = async () => {
      for (const bringBack of memories) await bringBack();
    };
    line.begin();
    expect(await worker.deliver(anEvent(step))).toEqual({
      outcome: step === 'convert' ? 'converted' : 'promoted',
    });
    const calls = [...line.calls];
    const expected = await stateNow();

    const wrong: Record<string, unknown> = {};
    for (const [index, { method, target }] of calls.entries()) {
      await restore();
      const fault = await killBefore(index, step);
      const found = await stateNow();
      const isSame = JSON.stringify(found) === JSON.stringify(expected);
      if (fault !== undefined || !isSame) wrong[`${index} ${method} ${target}`] = fault ?? found;
    }
    expect(wrong).toEqual({});
    expect(calls.length).toBeGreaterThan(10);
    console.log(`${step} was killed at ${calls.length} places`);
  },
  180_000,
);

test('what a killed process left is taken over as soon as its receipt expires', async () => {
  await empty(azurite.connectionString, { containers: ['models', 'registry'] });
  const options = { leaseMs: 1500, renewMs: 500, pollMs: 50, waitMs: 60_000 };
  const victim = worker;
  line.begin();
  // In the middle of the upload: some of the files are there, the manifest isn't.
  line.guard = (index) => {
    const uploads = line.calls
      .slice(0, index + 1)
      .filter(({ method, target }) => method === 'PUT' && target.startsWith('models/'));
    if (uploads.length < 3) return true;
    victim.kill();
    return false;
  };
  const first = victim.deliver({ ...anEvent('convert'), options });
  await first;
  line.guard = undefined;
  worker = next;
  next = startDeliveryProcess(temporary);
  expect(Object.keys(await stateNow()).filter((path) => path.startsWith('models/'))).toHaveLength(2);
  expect(readdirSync(temporary).some((name) => name.startsWith('pawprint-convert-'))).toBe(true);

  const delivered = await worker.deliver({ ...anEvent('convert'), options });
  expect(delivered).toEqual({ outcome: 'converted' });
  await expect(runStep(storage, registerStep(storage, version, { by: 'register' }))).resolves.toMatchObject({
    outcome: 'promoted',
  });
}, 60_000);
