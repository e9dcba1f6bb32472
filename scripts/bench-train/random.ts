/**
 * @module scripts/bench-train/random
 * Many numbers quickly, the same each time: what they are doesn't matter to a clock.
 */

/** Numbers from 0 to 1 by a linear congruence (Numerical Recipes). */
export function fastRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
