/**
 * @module training/version/save-version
 * Everything that a run found out, as the files and the manifest of a version.
 */
import { resolve, sep } from 'node:path';
import { encodeClassMeans, encodeGolden } from '../../core/golden.ts';
import { sha256 } from '../../core/hash.ts';
import { FILE, type Label, type Manifest, type Metrics, type Precision } from '../../core/manifest.ts';
import type { Base } from '../base/base.ts';
import type { DataSet } from '../data/data-set.ts';
import type { PlannedSplit, Split } from '../data/split.ts';
import type { TensorFlow } from '../engine.ts';
import { agreement, formatEvaluation } from '../evaluate/evaluation.ts';
import type { FittedScores } from '../evaluate/fit-scores.ts';
import type { ServingFiles } from '../evaluate/serving-files.ts';
import type { TrainingFeatures } from '../features/training-features.ts';
import { describeServed, gatherReport } from '../report/gather.ts';
import { makeReport } from '../report/make-report.ts';
import type { Learning } from '../run/job.ts';
import type { Settings } from '../settings.ts';
import { answerWithTensorFlow } from './reference.ts';
import { type ManifestFacts, type Written, writeVersion } from './write-version.ts';

export interface Run {
  settings: Settings;
  base: Base;
  data: DataSet;
  split: PlannedSplit;
  labels: Label[];
  features: Pick<TrainingFeatures, 'calibration'>;
  /** Of the head, F. */
  featureCount: number;
  fitted: FittedScores;
  outOfFold: Record<Precision, Metrics>;
  learning: Learning;
  /** `model.json` and `weights.bin`. */
  saved: { modelJson: string; weightsBin: Uint8Array };
  golden: { n: number; pixels: Uint8Array };
  served: ServingFiles;
  metrics: Record<Precision, Metrics>;
  /** For metrics.json: engine, lambda, seconds by phase. */
  circumstances: Record<string, unknown>;
  code: Manifest['code'];
}

/** Twice the same arithmetic on the same weights: only the order of sums in several threads may differ. */
const SAME = 1e-5;

/** Writes the folder of a version into `out`, after the model as saved has answered as the model in memory. */
export async function saveVersion(run: Run, { tf, out }: { tf: TensorFlow; out: string }): Promise<Written> {
  const { saved, golden, served, base } = run;
  const question = { ...golden, input: base.input };
  const reference = await answerWithTensorFlow(tf, saved, question);
  const largestDifferenceFromTensorFlow = largestGap(reference, served.golden.float32);
  const [createdAt, facts, details] = [new Date(), describeRun(run), describeServed(run)];
  const { report, modelCard } = await makeReport(gatherReport(run, { facts, details, createdAt }));
  return writeVersion({
    out,
    createdAt,
    facts,
    files: new Map<string, Uint8Array | string>([
      [FILE.layersModel, saved.modelJson],
      [FILE.weights, saved.weightsBin],
      [
        FILE.golden,
        encodeGolden({ ...golden, probabilities: { float32: reference, int8: served.golden.int8 } }),
      ],
      [FILE.classMeans, encodeClassMeans(run.fitted.classMeans)],
      [FILE.calibration, formatJson(run.features.calibration)],
      [
        FILE.evaluation,
        formatEvaluation(run.split.evaluation, { classes: run.data.classes, scored: served.scored }),
      ],
      [FILE.metrics, formatJson(describeMetrics(run, { details, largestDifferenceFromTensorFlow }))],
      [FILE.report, report],
      [FILE.modelCard, modelCard],
    ]),
    check: async (files) => {
      const readBack = {
        modelJson: Buffer.from(files.get(FILE.layersModel)!).toString('utf8'),
        weightsBin: files.get(FILE.weights)!,
      };
      const gap = largestGap(await answerWithTensorFlow(tf, readBack, question), reference);
      const isSame = gap <= SAME;
      if (!isSame)
        throw new Error(
          `The model as saved answers the golden pictures otherwise than in memory, by ${gap}.`,
        );
    },
  });
}

function describeRun(run: Run): ManifestFacts {
  const { settings, base, data, split, labels, fitted, golden, featureCount, served } = run;
  const { seed, evaluationShare } = settings;
  const classes = labels.length;
  const { width, height } = base.input;
  const countOf = (pictures: Split['training'], label: number) =>
    pictures.filter((picture) => picture.label === label).length;
  return {
    labels,
    input: base.input,
    base: { name: base.name, contentHash: base.contentHash },
    config: { ...settings },
    data: {
      // Two folders say enough; the rest of the path is the machine's.
      source: settings.source || resolve(settings.data).split(sep).slice(-2).join('/'),
      contentHash: data.contentHash,
      counts: labels.map(({ name }, label) => ({
        label: name,
        training: countOf(split.training, label),
        evaluation: countOf(split.evaluation, label),
      })),
      split: { rule: split.rule, seed, evaluationShare },
      skipped: data.skipped,
    },
    metrics: run.metrics,
    temperature: fitted.temperature,
    unknown: {
      score: 'largest cosine to the class means',
      threshold: fitted.unknownThreshold,
      ambiguousBelow: fitted.ambiguousBelow,
    },
    golden: { n: golden.n, height, width, classes },
    classMeans: { classes, features: featureCount },
    calibration: {
      photographs: Math.min(settings.calibrationPhotographs, split.training.length),
      ...calibrationOf(settings),
    },
    servable: { 'model.onnx': sha256(served.onnx.float32), 'model.int8.onnx': sha256(served.onnx.int8) },
    code: run.code,
  };
}

/** What the ranges were found by. */
function calibrationOf({ calibrationMethod, calibrationPercentile }: Settings) {
  return calibrationMethod === 'percentile'
    ? ({ method: 'percentile', percentile: calibrationPercentile } as const)
    : ({ method: 'minmax' } as const);
}

function describeMetrics(
  { metrics, outOfFold, learning, fitted, served, circumstances }: Run,
  proofs: object,
): object {
  const { temperature, unknownThreshold, ambiguousBelow } = fitted;
  return {
    heldBack: metrics,
    outOfFold,
    history: learning.history,
    keptEpoch: learning.keptEpoch,
    mix: learning.mix,
    agreement: agreement(served.scored.float32, served.scored.int8),
    temperature,
    unknownThreshold,
    ambiguousBelow,
    ...proofs,
    ...circumstances,
  };
}

/** The largest difference of a probability; NaN where one isn't a number. */
function largestGap(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}

function formatJson(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}
