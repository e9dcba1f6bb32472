/**
 * @module core/telemetry/flush-every
 * Figures that are kept in memory are written at intervals.
 */
import { messageOf } from '../errors.ts';

/**
 * Flushes every so many seconds, without keeping the process alive. A failure is logged after `complaint`, and the next
 * flush writes what it left. Returns what stops it.
 */
export function flushEvery(
  seconds: number,
  flush: () => Promise<void>,
  { log, complaint }: { log: (line: string) => void; complaint: string },
): () => void {
  const write = () => flush().catch((error) => log(`${complaint}: ${messageOf(error)}`));
  const timer = setInterval(write, seconds * 1000).unref();
  return () => clearInterval(timer);
}
