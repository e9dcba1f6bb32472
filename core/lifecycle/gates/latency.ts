/**
 * @module core/lifecycle/gates/latency
 * Gate: an answer doesn't take much longer than in production. A warning: a better model may well be slower.
 */
import { messageOf } from '../../errors.ts';
import type { Gate } from '../../registry/schema.ts';
import type { Storage } from '../../storage/storage.ts';
import type { OpenSession } from './answers.ts';
import { blameOf, gateOf, notJudged } from './gate.ts';
import { openProduction, type Production, withoutOpponent } from './production.ts';
import { type Timed, timeRatio } from './timing.ts';

const OPTIONS = { severity: 'warn' } as const;

export interface LatencyOptions {
  /** Undefined where the version doesn't answer. */
  candidate: Timed | undefined;
  production: Production;
  /** Time of the version over that of production. */
  most: number;
  openSession: OpenSession;
}

/** Measured on the golden inputs of each, in turn, in this process: as a ratio it says the same on a slow machine. */
export async function latencyGate(
  storage: Storage,
  { candidate, production, most, openSession }: LatencyOptions,
): Promise<Gate> {
  const name = 'latency against production';
  if (!('manifest' in production)) return withoutOpponent(name, production);
  if (candidate === undefined) return notJudged(name, 'it did not answer as it was trained', OPTIONS);
  let opponent: Timed;
  try {
    opponent = await openProduction(storage, production, openSession);
  } catch (error) {
    return notJudged(name, `${production.version} in production can't be loaded: ${blameOf(error)}`, OPTIONS);
  }
  let value: number;
  try {
    value = await timeRatio(candidate, opponent);
  } catch (error) {
    // The version itself has answered just now.
    return notJudged(
      name,
      `${production.version} in production doesn't answer: ${messageOf(error)}`,
      OPTIONS,
    );
  }
  const reason = `an answer takes ${value.toFixed(2)} of the time of ${production.version} in production, on this machine; above ${most} is worth a look`;
  return gateOf(name, { value, threshold: most, passed: value <= most, reason }, OPTIONS);
}
