/**
 * @module core/lifecycle/gates/labels
 * Gate: the breeds, their species and their order are those in production.
 */
import type { GateConfig } from '../../config.ts';
import { sha256 } from '../../hash.ts';
import type { Label, Manifest } from '../../manifest.ts';
import type { Gate } from '../../registry/schema.ts';
import { gateOf } from './gate.ts';
import { type Production, withoutOpponent } from './production.ts';
import { LABELS_GATE } from './verdict.ts';

/** Breeds that a reason names; a new label set can be of thousands. */
const NAMED = 10;

/** SHA-256 over the lines `name NUL species`, in the order of the output. */
export function labelsHash(labels: readonly Label[]): string {
  return sha256(labels.map(({ name, species }) => `${name}\0${species}\n`).join(''));
}

/**
 * Clients know breeds by their names, so a model with others is for a person to promote, or for who has set
 * `GATE_LABELS` to `any`.
 */
export function labelsGate(
  { labels }: Pick<Manifest, 'labels'>,
  { production, allowed }: { production: Production; allowed: GateConfig['GATE_LABELS'] },
): Gate {
  const value = labelsHash(labels);
  if (!('manifest' in production)) return { ...withoutOpponent(LABELS_GATE, production), value };
  const threshold = labelsHash(production.manifest.labels);
  if (value === threshold) {
    const reason = `the same ${labels.length} labels in the same order as ${production.version} in production`;
    return gateOf(LABELS_GATE, { value, threshold, passed: true, reason });
  }
  const change = `labels changed against ${production.version} in production: ${describeChange(production.manifest.labels, labels)}`;
  const isAllowed = allowed === 'any';
  const reason = isAllowed
    ? `${change}; GATE_LABELS is any`
    : `${change}. Promote it by hand if that is meant, or set GATE_LABELS to any`;
  return gateOf(LABELS_GATE, { value, threshold, passed: isAllowed, reason });
}

/** Whether both tell apart the same breeds, in whatever order. */
export function sameBreeds(a: readonly Label[], b: readonly Label[]): boolean {
  const names = (labels: readonly Label[]) => labels.map(({ name }) => name).sort();
  return JSON.stringify(names(a)) === JSON.stringify(names(b));
}

function describeChange(before: readonly Label[], after: readonly Label[]): string {
  const without = (labels: readonly Label[], others: readonly Label[]) => {
    const known = new Set(others.map(({ name }) => name));
    return labels.filter(({ name }) => !known.has(name)).map(({ name }) => name);
  };
  const [gone, added] = [without(before, after), without(after, before)];
  const list = (what: string, names: string[]) => {
    if (names.length === 0) return [];
    const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
    return [`${what} ${names.slice(0, NAMED).join(', ')}${more}`];
  };
  const changes = [...list('new:', added), ...list('gone:', gone)];
  return changes.length > 0 ? changes.join('; ') : 'the same names in another order or of another species';
}
