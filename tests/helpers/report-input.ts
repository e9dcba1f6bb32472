/**
 * @module tests/helpers/report-input
 * What a report is made from, with answers that a seed draws: no training is needed.
 */
import { type Label, PRECISIONS, type Precision } from '../../core/manifest.ts';
import { describeAnswers } from '../../training/evaluate/details.ts';
import { measure } from '../../training/evaluate/metrics.ts';
import type { Scored } from '../../training/evaluate/ranks.ts';
import { randomSource } from '../../training/random.ts';
import { OUT_OF_FOLD, type ReportInput } from '../../training/report/input.ts';
import { aTrainedManifest, someMetrics } from './manifests.ts';

export const REPORT_LABELS: Label[] = [
  { name: 'British_Shorthair', species: 'cat' },
  { name: 'Persian', species: 'cat' },
  { name: 'Russian_Blue', species: 'cat' },
  { name: 'Unheard-of_Cat', species: 'cat' },
  { name: 'beagle', species: 'dog' },
  { name: 'pug', species: 'dog' },
];

/** A name that anybody may give a file: it would run where it isn't escaped. */
export const HOSTILE_NAME = '"><img src=x onerror=alert(1)>&amp;.jpg';

const both = <T>(value: (precision: Precision) => T) =>
  Object.fromEntries(PRECISIONS.map((precision) => [precision, value(precision)])) as Record<Precision, T>;

/** Logits of `n` pictures, of which four of five are right. */
export function someScores(n: number, classes: number, key: string): Scored {
  const random = randomSource(key);
  const labels = Int32Array.from({ length: n }, (_, row) => row % classes);
  const logits = Float32Array.from({ length: n * classes }, () => 2 * random());
  for (const [row, label] of labels.entries()) {
    const said = random() < 0.8 ? label : Math.floor(random() * classes);
    logits[row * classes + said]! += 1 + 4 * random();
  }
  return { classes, logits, labels };
}

export function aReportInput(
  changes: Partial<ReportInput> = {},
  { n = 60, labels = REPORT_LABELS }: { n?: number; labels?: Label[] } = {},
): ReportInput {
  const scored = both((precision) => someScores(n, labels.length, precision));
  const random = randomSource('cosines');
  const cosines = Float32Array.from({ length: n }, () => 0.5 + 0.4 * random());
  const metrics = both((precision) => measure(scored[precision], { labels, temperature: 0.8 }));
  const manifest = aTrainedManifest({
    labels,
    metrics,
    base: { name: 'tiny <base>', contentHash: null },
    config: { seed: 1, data: 'a "folder" of <pets>', crops: 2 },
    data: {
      ...aTrainedManifest().data,
      counts: labels.map(({ name }, at) => ({
        label: name,
        training: at === 0 ? 7 : 40,
        evaluation: n / labels.length,
      })),
      skipped: [{ path: HOSTILE_NAME, reason: 'the file is empty' }],
    },
  });
  const unknownThreshold = manifest.unknown.threshold.int8;
  const facts = { ...manifest, temperature: both(() => 0.8) };
  return {
    facts,
    createdAt: new Date(manifest.createdAt),
    root: 'nowhere',
    evaluation: Array.from(scored.int8.labels, (label, row) => ({
      path:
        row % 7 === 0 ? `${labels[label]!.name}/${row}-${HOSTILE_NAME}` : `${labels[label]!.name}/${row}.jpg`,
      sha256: String(row),
      label,
    })),
    scored,
    details: both((precision) =>
      describeAnswers(scored[precision], {
        labels,
        temperature: 0.8,
        cosines,
        unknownThreshold,
        ambiguousBelow: 0.4,
      }),
    ),
    unseen: both(() => someMetrics({ n: 240, top1: 0.8 })),
    unseenName: OUT_OF_FOLD,
    agreement: 0.95,
    histories: [
      {
        unit: 'epoch',
        title: 'network from scratch',
        points: [1, 2, 3, 4].map((epoch) => ({
          epoch,
          loss: 2 / epoch,
          top1: 0.24 * epoch,
          top3: 0.25 * epoch,
          validationLoss: 1.5 + 0.3 * Math.abs(epoch - 2),
          validationTop1: 0.5,
          validationTop3: 0.7,
        })),
        chosen: 2,
        mix: {
          share: 0.2,
          tried: [0, 0.2, 0.4].map((share) => ({
            share,
            calibratedLoss: 0.3,
            loss: 0.4,
            top1: 0.9,
            top3: 1,
          })),
        },
      },
      {
        unit: 'step',
        title: 'head',
        points: [20, 40].map((epoch) => ({ epoch, loss: 2 / epoch, top1: 0.9, top3: 1 })),
      },
    ],
    notes: [`Pug and pug are read as one breed, pug; ${HOSTILE_NAME}`],
    nearDuplicates: [['beagle/1.jpg', `beagle/${HOSTILE_NAME}`]],
    circumstances: { engine: 'engine: test', seconds: { features: 61, heads: 2 }, peakMegabytes: 300 },
    showPictures: true,
    ...changes,
  };
}
