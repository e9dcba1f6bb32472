/**
 * @module training/fine-tune/fine-tune
 * `--fine-tune`: a head on the frozen base, then the upper part of the base and the head together, then a mean of the
 * weights before and after.
 *
 * One fold of the training side is the validation part: no step of tuning sees it. By it the share of the tuned weights
 * is chosen, and on it temperature and thresholds are fitted afterwards. The head of the result then also learns from
 * it: what tuning taught is added to a head on all pictures of the frozen base, or breeds with a dozen photographs would
 * lose more by the two that validate than they gain. The pictures held back have no part in any of this.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { ConfigurationError } from '../../core/errors.ts';
import type { Base } from '../base/base.ts';
import { assignFolds } from '../data/split.ts';
import type { Engine, TensorFlow } from '../engine.ts';
import { asLayersModel, convertBase } from '../features/base-models.ts';
import type { WeightType } from '../network/network.ts';
import { openCheckpoints } from '../run/checkpoint.ts';
import { runEpochs } from '../run/epochs.ts';
import { openTally } from '../run/history.ts';
import type { Job, Trained } from '../run/job.ts';
import type { Settings } from '../settings.ts';
import { requireFineTuningEngine } from './activation-gradient.ts';
import { chooseShare, formatChoices, tryShares } from './choose-share.ts';
import { type Cut, cutBase } from './cut.ts';
import { asValues, openLearner } from './learner.ts';
import { mapOriginals, mapViews } from './pictures.ts';
import { fineTuneKey, recipeOf } from './recipe.ts';
import { trainStartingHeads } from './starting-head.ts';
import { openTunedModel } from './tuned-model.ts';
import { openUpperNetwork, type UpperNetwork } from './upper-network.ts';
import { openValidation } from './validation.ts';
import { headValues, interpolate, moveWeights, openParameters } from './weights.ts';

/** The fold of the training side that is the validation part. */
const VALIDATION_FOLD = 0;

/** Throws {@link ConfigurationError} where `--fine-tune` can't work, before anything else is done. */
export function checkFineTuning(settings: Settings, engine: Engine): void {
  if (!settings.fineTune) return;
  if (settings.network === 'scratch') {
    throw new ConfigurationError(
      '--fine-tune tunes a base: it goes with --network transfer, not with scratch.',
    );
  }
  requireFineTuningEngine(engine);
  recipeOf(settings);
}

/**
 * Trains on the job's pictures. Throws ConfigurationError for a base that can't be trained through, DataError
 * where the loss gets out of hand.
 */
export async function fineTune(base: Base, job: Job): Promise<Trained> {
  const { settings, engine, reporter, stopwatch, pictures, root } = job;
  const { seed, folds } = settings;
  const { tf } = engine;
  const recipe = recipeOf(settings);
  const model = asLayersModel(base.network, settings.weights as WeightType);
  const cut = cutBase(model, base.input);
  const upper = openUpperNetwork(tf, cut);
  reporter.line(describeCut(cut, upper));

  const classes = job.classes.length;
  const fold = assignFolds(pictures, { classes, folds, seed });
  const isValidation = (picture: number) => fold[picture] === VALIDATION_FOLD;
  const truth = {
    labels: Int32Array.from(pictures, ({ label }) => label),
    folds: fold.map((own) => (own === VALIDATION_FOLD ? 0 : -1)),
    classes,
  };
  const isUsed = (picture: number) => !isValidation(picture);
  const start = await trainStartingHeads(base, job, { labels: truth.labels, isUsed });

  const labelsWhere = (isKept: (picture: number) => boolean) =>
    truth.labels.filter((_, picture) => isKept(picture));
  const parts = {
    training: pictures.filter((_, picture) => isUsed(picture)),
    validation: pictures.filter((_, picture) => isValidation(picture)),
  };
  reporter.line(
    `fine-tuning on ${parts.training.length} photographs, ${parts.validation.length} others ${recipe.share < 0 ? 'choose the share of the tuned weights and fit the temperature' : 'fit the temperature'}`,
  );
  const session = await job.openSession(convertBase(cut.trunk, base));
  const parameters = openParameters(upper, model, start.head);
  const frozen = frozenTensors(tf, upper, model.weights);
  const checkpoints = openCheckpoints(job.checkpoints, {
    key: fineTuneKey(settings, { base, pictures }),
    onNote: (note) => reporter.line(`note: ${note}`),
  });
  try {
    const pictureOptions = { root, input: base.input, session, recipe, seed };
    const shared = { upper, parameters, frozen, map: cut.map };
    const validate = openValidation(tf, {
      ...shared,
      labels: labelsWhere(isValidation),
      classes,
      batches: mapOriginals(parts.validation, pictureOptions),
    });
    const learner = openLearner(tf, {
      ...shared,
      labels: labelsWhere(isUsed),
      wholeHead: headValues(start.wholeHead),
      views: mapViews(parts.training, pictureOptions),
      validate: async (values) => {
        const [scored] = await validate([values]);
        const tally = openTally();
        tally.add(scored!.logits, scored!.labels);
        return tally.figures();
      },
      recipe,
      seed,
    });
    const { history, best } = await runEpochs(learner, {
      epochs: recipe.epochs,
      // The schedule ends at the last epoch: stopped before, it would never have come down.
      patience: 0,
      keepsLast: true,
      resume: settings.resume,
      checkpoints,
      reporter,
    });
    const { before, wholeHead } = learner.beginning();
    const after = asValues(best.weights);
    const choices = await tryShares({ before, after }, { validate, recipe });
    const chosen =
      recipe.share < 0 ? chooseShare(choices) : choices.find(({ share }) => share === recipe.share)!;
    for (const line of formatChoices(choices, { ...chosen, isSet: recipe.share >= 0 })) reporter.line(line);
    stopwatch.lap('fine-tuning');
    const judged = interpolate(before, after, chosen.share);
    const final = moveWeights(judged, { from: before, to: wholeHead });
    const tuned = await openTunedModel(base, { final, judged }, { job, truth });
    stopwatch.lap('features of the tuned network');
    const resolved = { l2: start.l2, fineTuneShare: chosen.share };
    return {
      ...tuned,
      resolved,
      learning: {
        unseenBy: 'validation',
        headProgress: start.headProgress,
        history,
        keptEpoch: null,
        mix: { tried: choices, share: chosen.share },
      },
      clear: () => checkpoints.clear(),
    };
  } finally {
    for (const tensor of frozen.values()) tensor.dispose();
    await session.dispose();
  }
}

function frozenTensors(
  tf: TensorFlow,
  { frozen }: UpperNetwork,
  weights: Cut['trunk']['weights'],
): Map<string, Tensor> {
  return new Map(
    frozen.map((name) => {
      const { shape, values } = weights.get(name)!;
      return [name, tf.tensor(values, [...shape], 'float32')];
    }),
  );
}

function describeCut({ trunk, upper, map, at }: Cut, { trained }: UpperNetwork): string {
  // Without the input and the Flatten.
  const layers = trunk.layers.length - 2;
  return `fine-tuning: the first ${layers} layers, to ${at} (${map.join(' x ')}), stay as they are; ${trained.length} weights of the ${upper.length} layers above are trained`;
}
