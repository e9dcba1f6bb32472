/**
 * @module tests/helpers/evaluations
 * `evaluation.json` of a version, and the metrics that its pictures come to.
 */
import type { EvaluatedPicture, Evaluation } from '../../core/evaluation.ts';
import { sha256 } from '../../core/hash.ts';
import type { Label, Metrics, Precision } from '../../core/manifest.ts';

/** What a tiny version tells apart. */
export const TINY_LABELS: Label[] = [
  { name: 'Bengal', species: 'cat' },
  { name: 'Siamese', species: 'cat' },
  { name: 'beagle', species: 'dog' },
  { name: 'pug', species: 'dog' },
];

/** Ranks of the truth by picture, repeated from the start where there are more pictures. */
export type Ranks = readonly number[];

export interface EvaluationOptions {
  labels: readonly Label[];
  n?: number;
  /** Of each precision; one for both by default. */
  ranks?: Ranks | Record<Precision, Ranks>;
  /** Decides the pictures' hashes: other ones are other pictures. */
  pictures?: string;
}

/** Of ten pictures nine are right. */
const NINE_IN_TEN: Ranks = [1, 1, 1, 1, 1, 1, 1, 1, 1, 2];

/** `n` pictures, whose labels take turns. What is said where the truth isn't first is the label after it. */
export function anEvaluation({
  labels,
  n = 100,
  ranks = NINE_IN_TEN,
  pictures = 'picture',
}: EvaluationOptions): Evaluation {
  const of = (precision: Precision) => ('float32' in ranks ? ranks[precision] : ranks);
  const each = <T>(value: (precision: Precision) => T) => ({
    float32: value('float32'),
    int8: value('int8'),
  });
  return {
    pictures: Array.from({ length: n }, (_, i): EvaluatedPicture => {
      const rank = each((precision) => of(precision)[i % of(precision).length]!);
      const truth = i % labels.length;
      const other = (truth + 1) % labels.length;
      return {
        sha256: sha256(`${pictures} ${i}`),
        label: labels[truth]!.name,
        rank,
        predicted: each((precision) => labels[rank[precision] === 1 ? truth : other]!.name),
      };
    }),
  };
}

/** The metrics of each precision, as training writes them beside such an evaluation. */
export function metricsOf(
  evaluation: Evaluation,
  labels: readonly Label[],
  { ece = 0.02 }: { ece?: number } = {},
): Record<Precision, Metrics> {
  return {
    float32: measure(evaluation, labels, 'float32', ece),
    int8: measure(evaluation, labels, 'int8', ece),
  };
}

function measure(
  { pictures }: Evaluation,
  labels: readonly Label[],
  precision: Precision,
  ece: number,
): Metrics {
  const within = (some: readonly EvaluatedPicture[], k: number) =>
    some.length === 0 ? 0 : some.filter(({ rank }) => rank[precision] <= k).length / some.length;
  const byClass = labels.map(({ name }) => {
    const own = pictures.filter(({ label }) => label === name);
    return { label: name, n: own.length, top1: within(own, 1), top3: within(own, 3) };
  });
  const present = byClass.filter(({ n }) => n > 0);
  const bySpecies = [...new Set(labels.map(({ species }) => species))].sort().map((species) => {
    const names = labels.filter((label) => label.species === species).map(({ name }) => name);
    const own = pictures.filter(({ label }) => names.includes(label));
    return { species, n: own.length, accuracy: within(own, 1) };
  });
  return {
    n: pictures.length,
    top1: within(pictures, 1),
    top3: within(pictures, 3),
    meanPerClassRecall: present.reduce((sum, { top1 }) => sum + top1, 0) / Math.max(1, present.length),
    byClass,
    bySpecies,
    eceBefore: 0.05,
    eceAfter: ece,
    confusionPairs: [],
  };
}
