/**
 * @module core/lifecycle/run-step
 * Runs a step of a version, convert or register, under a receipt: deliveries that come twice, late, in the wrong
 * order or after a crash end as one that came once.
 */
import { randomUUID } from 'node:crypto';
import { messageOf } from '../errors.ts';
import { FILE } from '../manifest.ts';
import { STEP_CONTAINER, type StepName, versionPath } from '../storage/names.ts';
import type { Storage } from '../storage/storage.ts';
import {
  closeReceipt,
  findReceipt,
  type HeldReceipt,
  isHeld,
  type Receipt,
  renewReceipt,
  stillHeld,
  takeReceipt,
} from './receipts.ts';

/** What a step does, beside its receipt. */
export interface Step<T> {
  name: StepName;
  version: string;
  work(): Promise<T>;
  /**
   * Whether what a finished receipt tells of is still so. False for whatever a repair would want done again: a
   * version that was rejected, a result that was removed.
   */
  isDone(): Promise<boolean>;
}

export interface StepOptions {
  /** How long a receipt holds without being renewed: so much later at most a crash is noticed. */
  leaseMs?: number;
  renewMs?: number;
  /** How often a delivery that waits for another looks again. */
  pollMs?: number;
  /** How long it waits in all. Below host.json's functionTimeout, with room for the work itself. */
  waitMs?: number;
  /** Work that takes longer isn't renewed any more: host.json's functionTimeout has ended it, or it hangs. */
  longestWorkMs?: number;
  now?: () => Date;
  sleep?: (milliseconds: number) => Promise<void>;
  log?: (line: string) => void;
}

const DEFAULTS: Required<StepOptions> = {
  leaseMs: 60_000,
  renewMs: 20_000,
  pollMs: 1_000,
  waitMs: 120_000,
  longestWorkMs: 300_000,
  now: () => new Date(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  log: () => {},
};

/**
 * Does the work unless it is done already. `gone`: there is no manifest, or an empty one, whose content has an
 * event of its own. Throws what the work threw, after keeping it in the receipt; throws UnavailableError when
 * another delivery is at work for longer than this one waits.
 */
export async function runStep<T>(
  storage: Storage,
  step: Step<T>,
  options: StepOptions = {},
): Promise<T | 'done before' | 'gone'> {
  const settings = { ...DEFAULTS, ...options };
  const owner = randomUUID();
  const waitUntil = settings.now().getTime() + settings.waitMs;
  for (;;) {
    // Read anew in each round: what is waited for may be work on another manifest of that name.
    const manifest = await storage.properties(
      STEP_CONTAINER[step.name],
      versionPath(step.version, FILE.manifest),
    );
    if (manifest === undefined || manifest.bytes === 0) return 'gone';
    const found = await findReceipt(storage, step.name, step.version);
    const receipt = found?.receipt;
    if (receipt !== undefined && isHeld(receipt, settings.now())) {
      if (settings.now().getTime() >= waitUntil) throw stillHeld(receipt);
      await settings.sleep(settings.pollMs);
      continue;
    }
    if (isFinished(receipt, manifest.etag) && (await step.isDone())) return 'done before';
    const held = await takeReceipt(
      storage,
      { previous: receipt, etag: found?.etag ?? null },
      {
        ...settings,
        now: settings.now(),
        step: step.name,
        version: step.version,
        manifest: manifest.etag,
        owner,
      },
    );
    if (held !== undefined) return workUnder(storage, held, step, settings);
  }
}

function isFinished(receipt: Receipt | undefined, manifest: string): boolean {
  return receipt?.state === 'finished' && receipt.manifest === manifest;
}

async function workUnder<T>(
  storage: Storage,
  taken: HeldReceipt,
  step: Step<T>,
  settings: Required<StepOptions>,
): Promise<T> {
  const renewal = keepRenewing(storage, taken, settings);
  let error: string | null = null;
  try {
    return await step.work();
  } catch (thrown) {
    error = messageOf(thrown);
    throw thrown;
  } finally {
    const held = await renewal.stop();
    // The work has ended, well or not, and that is what counts: a receipt that can't be closed expires.
    await closeReceipt(storage, held, { error, now: settings.now() }).catch((thrown: unknown) =>
      settings.log(`The receipt of ${step.name} of ${step.version} is left to expire: ${messageOf(thrown)}`),
    );
  }
}

function keepRenewing(storage: Storage, taken: HeldReceipt, settings: Required<StepOptions>) {
  const { leaseMs, renewMs, longestWorkMs, now, log } = settings;
  const giveUpAt = now().getTime() + longestWorkMs;
  let held = taken;
  let renewing = Promise.resolve();
  const renew = async () => {
    try {
      const renewed = await renewReceipt(storage, held, { now: now(), leaseMs });
      if (renewed === undefined) clearInterval(timer);
      else held = renewed;
    } catch (error) {
      log(`A receipt can't be renewed, which is tried again: ${messageOf(error)}`);
    }
  };
  const timer = setInterval(() => {
    if (now().getTime() > giveUpAt) clearInterval(timer);
    else renewing = renewing.then(renew);
  }, renewMs);
  timer.unref();
  return {
    /** Ends the renewals, and gives the receipt as it was left. */
    async stop(): Promise<HeldReceipt> {
      clearInterval(timer);
      await renewing;
      return held;
    },
  };
}
