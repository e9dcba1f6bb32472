/**
 * @module training/fine-tune/activation-gradient
 * Gradients of relu and relu6 by TensorFlow's own operations, of which TensorFlow.js makes no use: composed of Step,
 * LessEqual, Cast and Mul on whole tensors, as it does it, they took nearly half of a step.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { ConfigurationError } from '../../core/errors.ts';
import type { Engine, TensorFlow } from '../engine.ts';

/** The gradient by the input of an activation, of that by its output and of the output itself. */
export type ActivationGradient = (gradient: Tensor, output: Tensor) => Tensor;

interface NativeBackend {
  binding: { TF_ATTR_TYPE: number; TF_FLOAT: number };
  executeSingleOutput(name: string, attributes: object[], inputs: Tensor[]): Tensor;
}

/** Throws {@link ConfigurationError} unless the engine has the gradients of convolutions. */
export function requireFineTuningEngine({ name }: Pick<Engine, 'name'>): void {
  if (name === 'node') return;
  throw new ConfigurationError(
    `--fine-tune needs the engine node, and this is ${name}, which has no gradients of convolutions: npm run setup:tfjs-node completes it. Without --fine-tune the head is trained on the frozen base.`,
  );
}

const OPERATIONS: Record<string, string> = { relu: 'ReluGrad', relu6: 'Relu6Grad' };

export function openActivationGradient(tf: TensorFlow, activation: string): ActivationGradient {
  const operation = OPERATIONS[activation];
  if (!operation) return (gradient) => gradient;
  const backend = tf.backend() as unknown as NativeBackend;
  return (gradient, output) => {
    const { TF_ATTR_TYPE: type, TF_FLOAT: value } = backend.binding;
    return backend.executeSingleOutput(operation, [{ name: 'T', type, value }], [gradient, output]);
  };
}
