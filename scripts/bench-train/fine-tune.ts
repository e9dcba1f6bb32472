/**
 * @module scripts/bench-train/fine-tune
 * A step of fine-tuning (forward, backward, AdamW over the upper part of a base and its head), and the same network
 * in PyTorch, in turn.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { LayerConfig } from '../../core/onnx/config.ts';
import type { Base } from '../../training/base/base.ts';
import type { Engine } from '../../training/engine.ts';
import { asLayersModel } from '../../training/features/base-models.ts';
import { initialState, stepAdamW } from '../../training/fine-tune/adamw.ts';
import { type Cut, cutBase } from '../../training/fine-tune/cut.ts';
import { differentiate } from '../../training/fine-tune/differentiate.ts';
import { logPriors } from '../../training/fine-tune/head-loss.ts';
import { recipeOf } from '../../training/fine-tune/recipe.ts';
import { openUpperNetwork } from '../../training/fine-tune/upper-network.ts';
import { openParameters } from '../../training/fine-tune/weights.ts';
import { readSettings } from '../../training/read-settings.ts';
import { fastRandom } from './random.ts';
import { median, medianRatio, timeInTurn } from './rounds.ts';
import type { TorchNetwork, TorchRunner } from './torch.ts';

export const CLASSES = 37;

export interface StepTimes {
  batchSize: number;
  milliseconds: number;
  /** Null where PyTorch isn't there. */
  torchMilliseconds: number | null;
  /** How many times as fast as PyTorch. */
  ratio: number | null;
}

/** Times our step, and PyTorch's where `openTorch` gives one. */
export async function benchFineTune(
  base: Base,
  { tf }: Engine,
  {
    rounds,
    openTorch,
  }: { rounds: number; openTorch: (network: TorchNetwork) => Promise<TorchRunner | null> },
): Promise<StepTimes> {
  const recipe = recipeOf(readSettings([]).settings);
  const { batchSize } = recipe;
  const model = asLayersModel(base.network, 'float16');
  const cut = cutBase(model, base.input);
  const upper = openUpperNetwork(tf, cut);
  const random = fastRandom(1);
  const features = outputChannels(cut);
  const kernel = Float32Array.from({ length: features * CLASSES }, () => 0.1 * (random() - 0.5));
  const parameters = openParameters(upper, model, { kernel, bias: new Float32Array(CLASSES), features });
  const frozen = new Map<string, Tensor>(
    upper.frozen.map((name) => {
      const { shape, values } = model.weights.get(name)!;
      return [name, tf.tensor(values, [...shape], 'float32')];
    }),
  );
  const length = cut.map.reduce((a, b) => a * b, batchSize);
  const maps = Float32Array.from({ length }, () => 4 * (random() - 0.5));
  const truth = Int32Array.from({ length: batchSize }, (_, i) => i % CLASSES);
  const priors = logPriors(truth, { classes: CLASSES, exponent: recipe.sampling });
  const state = initialState(parameters);
  const step = async () => {
    const { gradients } = await differentiate(tf, {
      ...{ upper, parameters, frozen, map: cut.map, recipe },
      ...{ maps, truth, priors, random },
    });
    const { decay, clip, average } = recipe;
    // A learning rate of zero: the work is the same, and random maps train to nothing good.
    stepAdamW(parameters, gradients, state, {
      rates: { base: 0, head: 0 },
      decay,
      clip,
      averageShare: average,
    });
  };
  const torch = await openTorch(describeUpper(cut, { batchSize, features }));
  try {
    const times = await timeInTurn(torch ? { ours: step, torch: () => torch.step() } : { ours: step }, {
      rounds,
      warmUp: 2,
      pauseMs: 250,
    });
    const [ours, theirs] = [times.get('ours')!.milliseconds, times.get('torch')?.milliseconds];
    return {
      batchSize,
      milliseconds: median(ours),
      torchMilliseconds: theirs ? median(theirs) : null,
      ratio: theirs ? medianRatio(theirs, ours) : null,
    };
  } finally {
    torch?.end();
    for (const tensor of frozen.values()) tensor.dispose();
  }
}

function outputChannels({ upper, trunk }: Cut): number {
  const last = upper.findLast(({ className }) => className === 'Conv2D')!;
  return trunk.weights.get(`${last.name}/kernel`)!.shape[3]!;
}

/** The upper part in the words of `upper.py`. */
function describeUpper(
  { upper, at, map, trunk }: Cut,
  { batchSize, features }: { batchSize: number; features: number },
): TorchNetwork {
  const layers = upper.map((layer) => {
    const { name, className, inputs } = layer;
    const config = new LayerConfig(layer);
    const isDepthwise = className === 'DepthwiseConv2D';
    const weight = trunk.weights.get(`${name}/${isDepthwise ? 'depthwise_kernel' : 'kernel'}`);
    if (!weight) return { name, kind: className, inputs };
    const [height, , before, after] = weight.shape as [number, number, number, number];
    return {
      ...{ name, kind: className, inputs },
      ...{ before, after: isDepthwise ? before * after : after, size: height },
      stride: config.pair('strides', 1)[0],
      activation: config.activation(),
    };
  });
  return { layers, at, map, batchSize, features, classes: CLASSES };
}
