/**
 * @module training/fine-tune/learner
 * Upper part and head as what learns epoch by epoch, by AdamW on a schedule.
 */
import { DataError } from '../../core/errors.ts';
import type { TensorFlow } from '../engine.ts';
import type { Learner } from '../run/epochs.ts';
import { type Figures, openTally } from '../run/history.ts';
import { type Tensors, withoutPrefix } from '../run/tensors.ts';
import { initialState, type OptimizerState, type Parameter, scheduleAt, stepAdamW } from './adamw.ts';
import { type DifferentiateOptions, differentiate } from './differentiate.ts';
import { type Drawn, drawEpoch, fastRandomSource } from './epoch.ts';
import { HEAD_BIAS, logPriors } from './head-loss.ts';
import type { Recipe } from './recipe.ts';
import type { Batch } from './trunk.ts';
import { valuesIn, valuesOf, type WeightValues } from './weights.ts';

export interface LearnerOptions extends Pick<DifferentiateOptions, 'upper' | 'frozen' | 'map'> {
  /** The weights to begin with; they are changed. */
  parameters: Parameter[];
  /** Label of each picture that is trained on. */
  labels: Int32Array;
  /** Maps of fresh views of the pictures that were drawn, in their order. */
  views: (
    drawn: readonly Drawn[],
    options: { epoch: number; batchSize: number },
  ) => AsyncIterable<Batch<Drawn>>;
  /** See {@link Beginning}. */
  wholeHead: WeightValues;
  /** Figures of weights on the validation part. */
  validate: (values: WeightValues) => Promise<Figures>;
  recipe: Recipe;
  seed: number;
}

/** What was there before the first epoch of all, kept in the checkpoint: trained anew it is the same only to the last digits. */
export interface Beginning {
  /** The weights that it began with. */
  before: WeightValues;
  /** Those of the head that the validation part has a share in, too. */
  wholeHead: WeightValues;
}

export interface UpperLearner extends Learner {
  beginning(): Beginning;
}

/**
 * What it validates, and gives as its weights, is the moving average. `trainEpoch` throws {@link DataError} with the
 * step when the loss gets out of hand.
 */
export function openLearner(tf: TensorFlow, options: LearnerOptions): UpperLearner {
  const { parameters, recipe, labels } = options;
  const batchSize = Math.min(recipe.batchSize, labels.length);
  const steps = Math.max(1, Math.round(labels.length / batchSize));
  const state = initialState(parameters);
  let beginning: Beginning = { before: valuesOf(parameters), wholeHead: options.wholeHead };
  const named = (prefix: string, values: WeightValues): Tensors =>
    Object.fromEntries(
      parameters
        .filter(({ name }) => values.has(name))
        .map(({ name, shape }) => [prefix + name, { shape, values: values.get(name)! }]),
    );

  return {
    pictures: steps * batchSize,
    beginning: () => beginning,
    trainEpoch: (epoch, onProgress) =>
      trainEpoch(tf, { ...options, state, epoch, steps, batchSize, onProgress }),
    validate: () => options.validate(state.average),
    weights: () => {
      const copies = new Map([...state.average].map(([name, values]) => [name, values.slice()]));
      return named('', copies);
    },
    state: () => ({
      steps: { shape: [1], values: Float32Array.of(state.steps) },
      ...named('weights/', valuesIn(parameters)),
      ...named('first/', state.first),
      ...named('second/', state.second),
      ...named('average/', state.average),
      ...named('before/', beginning.before),
      ...named('whole-head/', beginning.wholeHead),
    }),
    restore(tensors) {
      const read = (prefix: string) => asValues(withoutPrefix(tensors, prefix));
      const weights = read('weights/');
      for (const { name, values } of parameters) values.set(weights.get(name)!);
      state.steps = tensors.steps!.values[0]!;
      state.first = read('first/');
      state.second = read('second/');
      state.average = read('average/');
      beginning = { before: read('before/'), wholeHead: read('whole-head/') };
    },
  };
}

/** Values by name, of tensors as a checkpoint holds them. */
export function asValues(tensors: Tensors): Map<string, Float32Array> {
  return new Map(Object.entries(tensors).map(([name, { values }]) => [name, values]));
}

interface EpochOptions extends LearnerOptions {
  state: OptimizerState;
  epoch: number;
  steps: number;
  batchSize: number;
  onProgress: (done: number, total: number) => void;
}

async function trainEpoch(tf: TensorFlow, options: EpochOptions): Promise<Figures> {
  const { parameters, state, epoch, steps, batchSize, recipe, seed, labels, onProgress } = options;
  const key = `fine-tune:${seed}:${epoch}`;
  const classes = parameters.find(({ name }) => name === HEAD_BIAS)!.values.length;
  const priors = logPriors(labels, { classes, exponent: recipe.sampling });
  const drawn = drawEpoch(labels, { exponent: recipe.sampling, count: steps * batchSize, key });
  const random = fastRandomSource(`${key}:dropout`);
  const schedule = { warmUp: Math.round(recipe.warmUp * steps), total: recipe.epochs * steps };
  const tally = openTally();
  let step = 0;
  for await (const { items, maps } of options.views(drawn, { epoch, batchSize })) {
    const truth = Int32Array.from(items, ({ picture }) => labels[picture]!);
    const { loss, logits, gradients } = await differentiate(tf, { ...options, maps, truth, priors, random });
    step++;
    const share = scheduleAt(state.steps, schedule);
    const norm = isPlausible(loss, logits, truth)
      ? stepAdamW(parameters, gradients, state, {
          rates: { base: share * recipe.rate, head: share * recipe.headRate },
          decay: recipe.decay,
          clip: recipe.clip,
          averageShare: recipe.average,
        })
      : Number.NaN;
    if (!Number.isFinite(norm)) {
      throw new DataError(
        `at step ${step} of ${steps}: the loss is ${loss}. A learning rate (--fine-tune-rate, --fine-tune-head-rate) that is too large does that.`,
      );
    }
    tally.add(logits, truth);
    onProgress(step, steps);
  }
  return tally.figures();
}

/**
 * A network that guesses has a loss of ln C. relu6 keeps one that is lost from overflowing: its loss stays a number,
 * a huge one.
 */
const MOST_GUESSES = 50;

function isPlausible(loss: number, logits: Float32Array, labels: Int32Array): boolean {
  return loss < MOST_GUESSES * Math.log(logits.length / labels.length);
}
