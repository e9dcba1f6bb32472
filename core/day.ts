/**
 * @module core/day
 * Days, by which feedback and figures are kept.
 */

/** `yyyy-mm-dd` in UTC. */
export function dayOfDate(date: Date): string {
  return date.toISOString().slice(0, 10);
}
