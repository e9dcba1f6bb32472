/**
 * @module training/scratch/learner
 * A network that learns all of its weights: TensorFlow.js' layers, softmax and sparse cross-entropy, Adam.
 */
import type { Tensor2D, Variable } from '@tensorflow/tfjs';
import { DataError } from '../../core/errors.ts';
import type { ModelInput } from '../../core/manifest.ts';
import type { TensorFlow } from '../engine.ts';
import type { Network } from '../network/network.ts';
import { shuffleBy } from '../random.ts';
import { openAdam } from '../run/adam.ts';
import type { Learner } from '../run/epochs.ts';
import { type Figures, openTally } from '../run/history.ts';
import { readTensors, type Tensors } from '../run/tensors.ts';
import { evaluateBatch, loadTrainable } from './objective.ts';
import { augmentPixels, type Example, scalePixels } from './pixels.ts';

export interface LearnerOptions {
  input: ModelInput;
  classes: number;
  training: readonly Example[];
  validation: readonly Example[];
  /** By class. */
  classWeights: Float32Array;
  seed: number;
  batchSize: number;
  learningRate: number;
  labelSmoothing: number;
  augment: boolean;
}

/** A mean cross-entropy of so many times that of a guess is no learning any more. */
const DIVERGED = 100;

/** Puts a softmax layer on `base` and makes it a learner. Throws {@link DataError} for a label that is no class. */
export async function openLearner(
  tf: TensorFlow,
  base: Network,
  options: LearnerOptions,
): Promise<Learner & { dispose(): void }> {
  const { input, classes, training, validation, seed, batchSize } = options;
  checkExamples(options);
  const model = await loadTrainable(tf, base, { classes, seed });
  const variables = new Map(model.weights.map((weight) => [weight.originalName, weight.read() as Variable]));
  const adam = openAdam(tf, variables, options);
  const shapeOf = (n: number): [number, number, number, number] => [n, input.height, input.width, 3];

  /** Loss that is minimised, and logits [n, C], before the step. */
  const step = (batch: readonly Example[], pixels: Uint8Array[]) => {
    const n = batch.length;
    const x = tf.tensor4d(scalePixels(pixels, input), shapeOf(n));
    const truth = tf.tensor2d(targets(batch, options), [n, classes]);
    const { value, logits, grads } = evaluateBatch(tf, model, { x, truth });
    adam.step(grads);
    const outcome = { loss: value.dataSync()[0]!, logits: logits.dataSync() as Float32Array };
    tf.dispose([x, truth, value, logits, grads]);
    return outcome;
  };

  return {
    pictures: training.length,
    async trainEpoch(epoch, onProgress): Promise<Figures> {
      const tally = openTally();
      let [done, steps] = [0, 0];
      for (const batch of batchesOf(training, { epoch, seed, batchSize })) {
        const pixels = batch.map((example) =>
          options.augment
            ? augmentPixels(example.pixels, input, `augment:${seed}:${epoch}:${example.sha256}`)
            : example.pixels,
        );
        const { loss, logits } = step(batch, pixels);
        steps++;
        if (!(loss < DIVERGED * Math.log(classes))) {
          throw new DataError(
            `step ${steps}: the loss is ${loss}. A learning rate that is too large does that: --learning-rate is ${options.learningRate}.`,
          );
        }
        tally.add(logits, labelsOf(batch));
        done += batch.length;
        onProgress(done, training.length);
        // Signals are heard between steps only.
        await new Promise(setImmediate);
      }
      return tally.figures();
    },
    async validate(): Promise<Figures> {
      const tally = openTally();
      for (let from = 0; from < validation.length; from += batchSize) {
        const batch = validation.slice(from, from + batchSize);
        const numbers = scalePixels(
          batch.map(({ pixels }) => pixels),
          input,
        );
        const logits = tf.tidy(() => {
          const answer = model.predict(tf.tensor4d(numbers, shapeOf(batch.length))) as Tensor2D;
          return answer.dataSync() as Float32Array;
        });
        tally.add(logits, labelsOf(batch));
        await new Promise(setImmediate);
      }
      return tally.figures();
    },
    weights: () => readTensors(variables),
    state: () => ({ ...readTensors(variables), ...adam.tensors() }),
    restore(state) {
      assignAll(tf, variables, state);
      adam.restore(state);
    },
    dispose() {
      adam.dispose();
      model.dispose();
    },
  };
}

/** The training pictures in the order of an epoch, which depends on the seed, the epoch and the pictures alone. */
export function batchesOf<T extends { sha256: string }>(
  examples: readonly T[],
  { epoch, seed, batchSize }: { epoch: number; seed: number; batchSize: number },
): T[][] {
  const order = shuffleBy(examples, `epoch:${seed}:${epoch}`, ({ sha256 }) => sha256);
  const count = Math.ceil(order.length / batchSize);
  return Array.from({ length: count }, (_, i) => order.slice(i * batchSize, (i + 1) * batchSize));
}

/** Weight of the class times (1 - s) for the truth and s / C for every class, [n, C] (Szegedy et al., 2016). */
function targets(
  batch: readonly Example[],
  { classes, classWeights, labelSmoothing }: LearnerOptions,
): Float32Array {
  const rows = new Float32Array(batch.length * classes);
  for (const [row, { label }] of batch.entries()) {
    const weight = classWeights[label]!;
    rows.fill((weight * labelSmoothing) / classes, row * classes, (row + 1) * classes);
    rows[row * classes + label]! += weight * (1 - labelSmoothing);
  }
  return rows;
}

function assignAll(tf: TensorFlow, variables: ReadonlyMap<string, Variable>, tensors: Tensors): void {
  for (const [name, variable] of variables) {
    tf.tidy(() => variable.assign(tf.tensor(tensors[name]!.values, variable.shape)));
  }
}

function checkExamples({ training, validation, classes }: LearnerOptions): void {
  for (const { label, path } of [...training, ...validation]) {
    if (label < 0 || label >= classes)
      throw new DataError(`${path} has the label ${label}; labels go from 0 to ${classes - 1}.`);
  }
  const seen = new Set(training.map(({ sha256 }) => sha256));
  const both = validation.find(({ sha256 }) => seen.has(sha256));
  if (both) throw new Error(`${both.path} is in the training part and in the validation part.`);
}

const labelsOf = (batch: readonly Example[]) => batch.map(({ label }) => label);
