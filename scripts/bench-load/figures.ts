/**
 * @module scripts/bench-load/figures
 * What many answers come to.
 */
import type { Answered } from './client.ts';

/** The value below or at which a share of all lie (nearest rank). NaN for none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Milliseconds of the answers with a status. */
export function timesOf(answers: readonly Answered[], status: number): number[] {
  return answers.filter((answer) => answer.status === status).map(({ milliseconds }) => milliseconds);
}

/** How many answers each status has; 0 is none. */
export function countByStatus(answers: readonly Answered[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { status } of answers) counts.set(status, (counts.get(status) ?? 0) + 1);
  return new Map([...counts].sort(([a], [b]) => a - b));
}

/** Median, 99th percentile and maximum, as text. */
export function describeTimes(times: readonly number[]): string {
  const text = (value: number) => `${value.toFixed(1)} ms`;
  return `median ${text(quantile(times, 0.5))}, p99 ${text(quantile(times, 0.99))}, most ${text(quantile(times, 1))}`;
}

/**
 * Milliseconds after which answers come at full speed again: those from one on, `run` in a row, whose median is at most
 * `slack` times `usual`. `answers` follow each other without a pause. Undefined when they never do.
 */
export function recoveredAfter(
  answers: readonly Answered[],
  { usual, run = 5, slack = 1.5 }: { usual: number; run?: number; slack?: number },
): number | undefined {
  let passed = 0;
  for (const [index, { milliseconds }] of answers.entries()) {
    const next = answers.slice(index, index + run).map((answer) => answer.milliseconds);
    if (next.length < run) return undefined;
    if (quantile(next, 0.5) <= slack * usual) return passed;
    passed += milliseconds;
  }
  return undefined;
}
