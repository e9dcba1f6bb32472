/**
 * @module training/run/adam
 * Adam (Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015), with a state that a checkpoint holds. That
 * of TensorFlow.js keeps the powers of beta as products, which `setWeights` computes anew: a run that was
 * resumed with it goes another way in the last digits.
 */
import type { NamedTensorMap, Tensor, Variable } from '@tensorflow/tfjs';
import type { TensorFlow } from '../engine.ts';
import type { Checkpoint } from './checkpoint.ts';
import { readTensors } from './tensors.ts';

export interface Adam {
  /** Moves the variables by one step; `gradients` as `tf.variableGrads` gives them, by the variables' own names. */
  step(gradients: NamedTensorMap): void;
  /** Everything that the next step depends on, but the variables themselves. */
  tensors(): Checkpoint['tensors'];
  restore(tensors: Checkpoint['tensors']): void;
  dispose(): void;
}

interface Options {
  learningRate: number;
  beta1?: number;
  beta2?: number;
  epsilon?: number;
}

const STEP = 'adam/step';

/** Adam on `variables`, which are named as the checkpoint will name their state. */
export function openAdam(
  tf: TensorFlow,
  variables: ReadonlyMap<string, Variable>,
  { learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 }: Options,
): Adam {
  let step = 0;
  const slots = new Map<string, Variable>();
  for (const [name, variable] of variables) {
    for (const moment of ['first', 'second']) {
      const zeros = tf.zeros(variable.shape);
      slots.set(`adam/${moment}/${name}`, tf.variable(zeros, false));
      zeros.dispose();
    }
  }
  const slot = (moment: 'first' | 'second', name: string) => slots.get(`adam/${moment}/${name}`)!;
  return {
    step(gradients) {
      step++;
      // The bias of both moments, corrected in two numbers rather than in tensors (section 2 of the paper).
      const spread = Math.sqrt(1 - beta2 ** step);
      const rate = (learningRate * spread) / (1 - beta1 ** step);
      for (const [name, variable] of variables) {
        tf.tidy(() => {
          const gradient = gradients[variable.name]! as Tensor;
          const first = slot('first', name);
          const second = slot('second', name);
          first.assign(first.mul(beta1).add(gradient.mul(1 - beta1)));
          second.assign(second.mul(beta2).add(gradient.square().mul(1 - beta2)));
          variable.assign(variable.sub(first.mul(rate).div(second.sqrt().add(epsilon * spread))));
        });
      }
    },
    tensors: () => ({ ...readTensors(slots), [STEP]: { shape: [], values: Float32Array.from([step]) } }),
    restore(tensors) {
      step = tensors[STEP]!.values[0]!;
      for (const [name, variable] of slots) {
        tf.tidy(() => variable.assign(tf.tensor(tensors[name]!.values, variable.shape)));
      }
    },
    dispose() {
      for (const variable of slots.values()) variable.dispose();
    },
  };
}
