/**
 * @module core/lifecycle/gates/timing
 * Two models against each other on this machine.
 */
import type { Golden } from '../../golden.ts';
import type { Session } from '../../inference/session.ts';

/** Of each session; one or two are enough on a quiet machine. */
const ROUNDS = 24;

export interface Timed {
  session: Session;
  golden: Pick<Golden, 'n' | 'pixels'>;
}

/**
 * Time of `a` over that of `b`, a picture each. They take turns, and the shortest of several rounds counts: what else
 * the machine does only ever makes a run longer, and this decides what serves from now on.
 */
export async function timeRatio(a: Timed, b: Timed): Promise<number> {
  const shortest = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < ROUNDS; round++) {
    for (const [which, { session, golden }] of [a, b].entries()) {
      const picture = pictureOf(golden, round % golden.n);
      const start = performance.now();
      await session.run(picture);
      shortest[which] = Math.min(shortest[which]!, performance.now() - start);
    }
  }
  return shortest[0]! / shortest[1]!;
}

function pictureOf({ n, pixels }: Timed['golden'], index: number): Uint8Array {
  const size = pixels.length / n;
  return pixels.subarray(index * size, (index + 1) * size);
}
