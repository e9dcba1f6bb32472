/**
 * @module training/fine-tune/tuned-model
 * The tuned network as the phases after it take it: rounded weights, features by both precisions, and its answers
 * to the validation part, on which temperature and thresholds are fitted.
 */
import type { Base } from '../base/base.ts';
import { answerUnseen } from '../evaluate/answer-unseen.ts';
import { extractTrainingFeatures } from '../features/training-features.ts';
import type { Head } from '../head/train-head.ts';
import { roundToFloat16 } from '../network/float16.ts';
import { roundWeights, type WeightType } from '../network/network.ts';
import type { Job, Trained } from '../run/job.ts';
import { HEAD_BIAS, HEAD_KERNEL } from './head-loss.ts';
import { replaceWeights, type WeightValues } from './weights.ts';

export interface TunedWeights {
  /** The result. */
  final: WeightValues;
  /** The same but for the head, which no validation picture has a share in: their answers are its. */
  judged: WeightValues;
}

/** Runs the network that the weights make of `base` over all pictures of the job; folds of 0 and more are validation. */
export async function openTunedModel(
  base: Base,
  { final, judged }: TunedWeights,
  { job, truth }: { job: Job; truth: Trained['truth'] },
): Promise<Pick<Trained, 'base' | 'head' | 'features' | 'unseen' | 'truth'>> {
  const { settings, root, openSession, reporter, pictures } = job;
  const weights = settings.weights as WeightType;
  const { network, head } = split(base, final, weights);
  const judge = headOf(judged, weights);
  const tuned = { ...base, network };
  const options = { ...settings, root, weights, openSession, reporter };
  const features = await extractTrainingFeatures(tuned, pictures, {
    ...options,
    viewNames: ['original'],
    // No second run has these weights.
    cache: null,
  });
  const unseen = answerUnseen(judge, features, truth);
  return { base: tuned, head, features, unseen, truth };
}

function split(base: Base, values: WeightValues, type: WeightType) {
  const own = new Map([...values].filter(([name]) => name !== HEAD_BIAS && name !== HEAD_KERNEL));
  const network = roundWeights(replaceWeights(base.network, own), type);
  return { head: headOf(values, type), network };
}

function headOf(values: WeightValues, type: WeightType): Head {
  const round = (numbers: Float32Array) => (type === 'float16' ? roundToFloat16(numbers) : numbers);
  const bias = round(values.get(HEAD_BIAS)!);
  const kernel = round(values.get(HEAD_KERNEL)!);
  return { kernel, bias, features: kernel.length / bias.length };
}
