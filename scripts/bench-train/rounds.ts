/**
 * @module scripts/bench-train/rounds
 * Things timed in turn, so that a machine that slows down slows all of them.
 */

/** What a step took in each round. */
export interface Times {
  milliseconds: number[];
  /** Milliseconds of all processors together: nearly the same, whatever else the machine does. */
  processor: number[];
}

/** Times each step in each round; `warmUp` rounds before them aren't counted. */
export async function timeInTurn(
  steps: Readonly<Record<string, () => Promise<unknown>>>,
  { rounds, warmUp = 1, pauseMs = 0 }: { rounds: number; warmUp?: number; pauseMs?: number },
): Promise<Map<string, Times>> {
  const times = new Map<string, Times>(
    Object.keys(steps).map((name) => [name, { milliseconds: [], processor: [] }]),
  );
  for (let round = -warmUp; round < rounds; round++) {
    for (const [name, step] of Object.entries(steps)) {
      const [start, used] = [performance.now(), process.cpuUsage()];
      await step();
      if (round >= 0) {
        const { user, system } = process.cpuUsage(used);
        times.get(name)!.milliseconds.push(performance.now() - start);
        times.get(name)!.processor.push((user + system) / 1000);
      }
      // Threads that wait for more work by spinning would slow what comes next.
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
  return times;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The median of the ratios of a to b in the same round. */
export function medianRatio(a: readonly number[], b: readonly number[]): number {
  return median(a.map((value, round) => value / b[round]!));
}
