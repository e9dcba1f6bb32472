/**
 * @module training/run/checkpoint-key
 * What a run is decided by, as text: two runs with one key go the same way, epoch for epoch.
 */
import { compareBytes } from '../../core/hash.ts';

type Fact = string | number | boolean | null;

/** Differences that are told; more say only that nothing is alike. */
const SHOWN = 4;

/** The key of `facts`, in the order of their names. */
export function checkpointKey(facts: Readonly<Record<string, Fact>>): string {
  const sorted = Object.entries(facts).sort(([a], [b]) => compareBytes(a, b));
  return JSON.stringify(Object.fromEntries(sorted));
}

/** What differs between two keys: `seed 1 there, 2 here`. */
export function describeDifference(there: string, here: string): string {
  const [old, current] = [readFacts(there), readFacts(here)];
  if (!old || !current) return 'its key differs';
  const names = [...new Set([...Object.keys(old), ...Object.keys(current)])].filter(
    (name) => old[name] !== current[name],
  );
  const shown = names
    .slice(0, SHOWN)
    .map((name) => `${name} ${format(old[name])} there, ${format(current[name])} here`);
  const rest = names.length - shown.length;
  return [...shown, ...(rest > 0 ? [`${rest} more`] : [])].join('; ');
}

function readFacts(key: string): Record<string, Fact> | null {
  try {
    const facts: unknown = JSON.parse(key);
    return typeof facts === 'object' && facts !== null ? (facts as Record<string, Fact>) : null;
  } catch {
    return null;
  }
}

/** Long texts are hashes, of which the beginning is enough. */
function format(fact: Fact | undefined): string {
  if (fact === undefined) return 'not set';
  const text = typeof fact === 'string' ? fact || '""' : String(fact);
  return text.length > 24 ? `${text.slice(0, 8)}…` : text;
}
