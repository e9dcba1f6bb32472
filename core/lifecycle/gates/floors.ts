/**
 * @module core/lifecycle/gates/floors
 * Gates: what a version has to reach whatever is in production.
 */
import type { GateConfig } from '../../config.ts';
import { countWithin, type Evaluation, picturesByLabel } from '../../evaluation.ts';
import type { Label, Precision } from '../../manifest.ts';
import type { Gate } from '../../registry/schema.ts';
import { wilson } from '../../statistics.ts';
import { counted, gateOf, notJudged, percent } from './gate.ts';

/** A breed with fewer pictures than this is judged together with others like it. */
const FEW_PICTURES = 10;

const RECALL = 'recall of each breed';

export interface FloorOptions {
  labels: readonly Label[];
  precision: Precision;
  settings: Pick<GateConfig, 'GATE_MIN_TOP1' | 'GATE_MIN_TOP3' | 'GATE_MIN_BREED_RECALL'>;
}

/**
 * Top-1 and top-3 are judged as they were measured: by the upper end of an interval nearly anything would pass on few
 * pictures, by the lower one nothing. What the interval is, the reason says.
 */
export function floorGates(evaluation: Evaluation | undefined, options: FloorOptions): Gate[] {
  if (evaluation === undefined || evaluation.pictures.length === 0) {
    const why = 'there are no pictures held back';
    return ['top-1', 'top-3', RECALL].map((name) => notJudged(name, why));
  }
  const { settings } = options;
  return [
    shareGate(evaluation, { ...options, k: 1, threshold: settings.GATE_MIN_TOP1 }),
    shareGate(evaluation, { ...options, k: 3, threshold: settings.GATE_MIN_TOP3 }),
    recallGate(evaluation, { ...options, threshold: settings.GATE_MIN_BREED_RECALL }),
  ];
}

function shareGate(
  { pictures }: Evaluation,
  { k, precision, threshold }: { k: number; precision: Precision; threshold: number },
): Gate {
  const n = pictures.length;
  const right = countWithin(pictures, { k, precision });
  const value = right / n;
  const { low, high } = wilson(right, n);
  const reason = `top-${k} is ${percent(value)} on ${counted(n, 'picture')} held back (95 % interval ${percent(low)} to ${percent(high)}, ${precision}); at least ${percent(threshold)} is asked for`;
  return gateOf(`top-${k}`, { value, threshold, passed: value >= threshold, reason });
}

interface Group {
  name: string;
  right: number;
  n: number;
}

/**
 * A breed fails when the upper end of its 95 % interval is under the threshold: when even luck doesn't explain what
 * it shows. The figure is the lowest upper end.
 */
function recallGate(
  evaluation: Evaluation,
  { labels, precision, threshold }: Pick<FloorOptions, 'labels' | 'precision'> & { threshold: number },
): Gate {
  const byLabel = picturesByLabel(evaluation);
  const groups = groupBreeds(byLabel, { labels, precision }).map((group) => ({
    ...group,
    high: wilson(group.right, group.n).high,
  }));
  const worst = groups.reduce((a, b) => (b.high < a.high ? b : a));
  const failing = groups.filter(({ high }) => high < threshold);
  const describe = ({ name, right, n, high }: Group & { high: number }) =>
    `${name} (${right} of ${n} right, at most ${percent(high)})`;
  const unseen = labels.filter(({ name }) => !byLabel.has(name)).map(({ name }) => name);
  const found =
    failing.length === 0
      ? `the lowest is ${describe(worst)}`
      : `under ${percent(threshold)} even with luck: ${failing.map(describe).join(', ')}`;
  const missing = unseen.length === 0 ? '' : `; no picture held back of ${unseen.join(', ')}`;
  return gateOf(RECALL, {
    value: worst.high,
    threshold,
    passed: failing.length === 0,
    reason: `${found}${missing}`,
  });
}

/**
 * Breeds with ten pictures or more by themselves. Those with fewer say next to nothing alone (the upper end of 1 of 3
 * is 79 %), so they are pooled: by species, since breeds are mistaken for others of their species and a fault that
 * hits the small breeds of one would be hidden by those of the other; and where even a species has fewer than ten
 * pictures in all, together with the other such species.
 */
function groupBreeds(
  byLabel: ReturnType<typeof picturesByLabel>,
  { labels, precision }: Pick<FloorOptions, 'labels' | 'precision'>,
): Group[] {
  const breeds = labels
    .map(({ name, species }) => {
      const own = byLabel.get(name) ?? [];
      return { name, species, right: countWithin(own, { k: 1, precision }), n: own.length };
    })
    .filter(({ n }) => n > 0);
  const isSmall = ({ n }: Group) => n < FEW_PICTURES;
  const small = breeds.filter(isSmall);
  const bySpecies = [...new Set(small.map(({ species }) => species))].map((species) =>
    pool(
      `small breeds of ${species}`,
      small.filter((breed) => breed.species === species),
    ),
  );
  const rest = bySpecies.filter(isSmall);
  return [
    ...breeds.filter((breed) => !isSmall(breed)),
    ...bySpecies.filter((group) => !isSmall(group)),
    ...(rest.length > 1 ? [pool('small breeds together', rest)] : rest),
  ];
}

function pool(name: string, groups: readonly Group[]): Group {
  const sum = (value: (group: Group) => number) => groups.reduce((total, group) => total + value(group), 0);
  return { name, right: sum(({ right }) => right), n: sum(({ n }) => n) };
}
