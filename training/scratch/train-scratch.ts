/**
 * @module training/scratch/train-scratch
 * `--network scratch`: every weight is learned from these photographs alone.
 */
import { DataError } from '../../core/errors.ts';
import { contentHash } from '../../core/hash.ts';
import type { Base } from '../base/base.ts';
import type { Picture } from '../data/data-set.ts';
import { assignFolds } from '../data/split.ts';
import { answerUnseen } from '../evaluate/answer-unseen.ts';
import { extractTrainingFeatures } from '../features/training-features.ts';
import type { Head } from '../head/train-head.ts';
import { HEAD, type Network, roundWeights, type WeightType } from '../network/network.ts';
import { openCheckpoints } from '../run/checkpoint.ts';
import { checkpointKey } from '../run/checkpoint-key.ts';
import { type Learned, runEpochs } from '../run/epochs.ts';
import type { Job, Trained } from '../run/job.ts';
import type { Tensors } from '../run/tensors.ts';
import { readClassWeights } from './class-weights.ts';
import { openLearner } from './learner.ts';
import { readExamples } from './pixels.ts';

/**
 * Trains the network that `startFromScratch` drew. A part of the job's photographs, the first of the folds, is kept
 * from it: by that validation part the epoch is picked, and scores are fitted. Throws DataError with epoch and step
 * where the loss isn't a number; the last checkpoint is kept.
 */
export async function trainFromScratch(start: Base, job: Job): Promise<Trained> {
  const { settings, pictures, stopwatch, reporter, root, openSession } = job;
  const weights = settings.weights as WeightType;
  const { training, validation, folds } = separateValidation(pictures, {
    classes: job.classes.length,
    folds: settings.folds,
    seed: settings.seed,
  });
  if (validation.length === 0)
    throw new DataError(
      'No photograph is left to validate by: a breed needs at least three, more are better.',
    );
  reporter.line(`${training.length} photographs are trained on, ${validation.length} validate`);
  const checkpoints = openCheckpoints(job.checkpoints, {
    key: checkpointKey(factsOf(start, job, { training, validation })),
    onNote: (note) => reporter.line(`note: ${note}`),
  });
  const { history, best } = await learn(start, job, { training, validation, checkpoints });
  stopwatch.lap('epochs');

  const { network, head } = separateHead(start.network, best.weights, weights);
  const base = { ...start, network };
  const features = await extractTrainingFeatures(base, pictures, {
    ...settings,
    weights,
    root,
    openSession,
    reporter,
    viewNames: ['original'],
    // Of a network that nobody will see again.
    cache: null,
  });
  stopwatch.lap('features');
  const labels = Int32Array.from(pictures, ({ label }) => label);
  const truth = { labels, folds, classes: job.classes.length };
  return {
    base,
    head,
    features,
    unseen: answerUnseen(head, features, truth),
    truth,
    resolved: {},
    learning: { unseenBy: 'validation', headProgress: [], history, keptEpoch: best.epoch, mix: null },
    clear: checkpoints.clear,
  };
}

async function learn(
  { network, input }: Base,
  { settings, engine, root, classes, reporter }: Job,
  {
    training,
    validation,
    checkpoints,
  }: { training: Picture[]; validation: Picture[]; checkpoints: ReturnType<typeof openCheckpoints> },
): Promise<Learned> {
  const labels = Int32Array.from(training, ({ label }) => label);
  const classWeights = readClassWeights(settings.classWeights, { classes, labels });
  const { onProgress, end } = reporter.progress('photographs into memory');
  const examples = await readExamples([...training, ...validation], { root, input, onProgress }).finally(end);
  const learner = await openLearner(engine.tf, network, {
    ...settings,
    input,
    classes: classes.length,
    training: examples.slice(0, training.length),
    validation: examples.slice(training.length),
    classWeights,
  });
  try {
    return await runEpochs(learner, { ...settings, checkpoints, reporter });
  } finally {
    learner.dispose();
  }
}

/**
 * The validation part is the first of the folds, stratified and seeded; it stays the same from epoch to epoch. A
 * class whose only picture is in it gives that to the training part.
 */
export function separateValidation(
  pictures: readonly Picture[],
  options: { classes: number; folds: number; seed: number },
): { training: Picture[]; validation: Picture[]; folds: Int32Array } {
  const assigned = assignFolds(pictures, options);
  const learned = new Set(pictures.filter((_, row) => assigned[row] !== 0).map(({ label }) => label));
  const folds = assigned.map((fold, row) => (fold === 0 && learned.has(pictures[row]!.label) ? 0 : -1));
  return {
    training: pictures.filter((_, row) => folds[row] === -1),
    validation: pictures.filter((_, row) => folds[row] === 0),
    folds,
  };
}

/** All that decides how training goes: a checkpoint belongs to these. */
function factsOf(
  { input }: Base,
  { settings, engine }: Job,
  { training, validation }: { training: Picture[]; validation: Picture[] },
) {
  const { seed, filters, dense, batchSize, learningRate, augment, classWeights, labelSmoothing } = settings;
  return {
    network: 'scratch',
    engine: engine.name,
    size: input.width,
    training: contentHash(training),
    validation: contentHash(validation),
    ...{ seed, filters, dense, batchSize, learningRate, augment, classWeights, labelSmoothing },
  };
}

/** The learned weights, as they are saved, on both sides of the features. */
function separateHead(
  { topology, weights }: Network,
  learned: Tensors,
  type: WeightType,
): { network: Network; head: Head } {
  const valuesOf = (name: string) => learned[name]!.values;
  const network = roundWeights(
    { topology, weights: weights.map(({ name, shape }) => ({ name, shape, values: valuesOf(name) })) },
    type,
  );
  const shape = learned[`${HEAD}/kernel`]!.shape;
  const layer = roundWeights(
    {
      topology,
      weights: [
        { name: 'kernel', shape, values: valuesOf(`${HEAD}/kernel`) },
        { name: 'bias', shape: shape.slice(1), values: valuesOf(`${HEAD}/bias`) },
      ],
    },
    type,
  );
  const [kernel, bias] = layer.weights.map(({ values }) => values) as [Float32Array, Float32Array];
  return { network, head: { kernel, bias, features: shape[0]! } };
}
