/**
 * @module training/fine-tune/validation
 * What weights of the upper part say of the validation pictures, as they are served: no crop, no mirror, no jitter.
 */
import type { Tensor2D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../engine.ts';
import type { Scored } from '../evaluate/ranks.ts';
import type { Parameter } from './adamw.ts';
import { HEAD_BIAS, HEAD_KERNEL } from './head-loss.ts';
import type { WeightTensors } from './operations.ts';
import type { Batch } from './trunk.ts';
import type { UpperNetwork } from './upper-network.ts';
import { tensorsOf, type WeightValues } from './weights.ts';

export interface ValidationOptions {
  upper: UpperNetwork;
  parameters: readonly Pick<Parameter, 'name' | 'shape'>[];
  frozen: WeightTensors;
  /** [H, W, C] of a map. */
  map: readonly [number, number, number];
  labels: Int32Array;
  classes: number;
  /** Maps of all pictures in order. The trunk doesn't change, so they are kept where they are small enough. */
  batches: () => AsyncIterable<Batch<number>>;
}

/** Logits of all pictures by each set of weights. */
export type Validate = (sets: readonly WeightValues[]) => Promise<Scored[]>;

/** Maps that are kept in memory, in bytes: 363 pictures of EfficientNet-Lite2 at 260 take 76 MB. */
const MOST_KEPT = 600_000_000;

export function openValidation(tf: TensorFlow, options: ValidationOptions): Validate {
  const { upper, parameters, frozen, map, labels, classes } = options;
  const bytes = 4 * labels.length * map.reduce((a, b) => a * b, 1);
  let kept: Batch<number>[] | null = null;

  return async (sets) => {
    const scored = sets.map((): Scored => {
      return { classes, labels, logits: new Float32Array(labels.length * classes) };
    });
    const weights = sets.map((values) => new Map([...frozen, ...tensorsOf(tf, parameters, values)]));
    const seen: Batch<number>[] = [];
    let row = 0;
    try {
      for await (const batch of kept ?? options.batches()) {
        if (bytes <= MOST_KEPT) seen.push(batch);
        const maps = tf.tensor4d(batch.maps, [batch.items.length, ...map]);
        for (const [i, own] of weights.entries()) {
          const features = await upper.infer(maps, own);
          const logits = tf.tidy(() =>
            tf.matMul(features, own.get(HEAD_KERNEL) as Tensor2D).add(own.get(HEAD_BIAS)!),
          );
          scored[i]!.logits.set(logits.dataSync(), row * classes);
          tf.dispose([features, logits]);
        }
        maps.dispose();
        row += batch.items.length;
      }
    } finally {
      for (const own of weights) for (const { name } of parameters) own.get(name)!.dispose();
    }
    if (seen.length > 0) kept = seen;
    return scored;
  };
}
