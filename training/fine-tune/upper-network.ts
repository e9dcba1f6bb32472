/**
 * @module training/fine-tune/upper-network
 * The upper part of a base: from the maps that the trunk gives to features, and the gradients back. No tensor lives
 * longer than it is needed, which is what keeps a step of 32 pictures within 1.3 GB.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../engine.ts';
import type { Cut } from './cut.ts';
import { type Operation, openOperation, type WeightTensors } from './operations.ts';

export interface UpperNetwork {
  /** Full names of the weights that are trained, and of those that stay as they are. */
  trained: string[];
  frozen: string[];
  /** Features [N, F] of maps [N, H, W, C]. */
  infer(maps: Tensor4D, weights: WeightTensors): Promise<Tensor2D>;
  /** The same, with what the way back needs. */
  forward(maps: Tensor4D, weights: WeightTensors): Promise<TrainingPass>;
}

export interface TrainingPass {
  features: Tensor2D;
  /**
   * The gradient by each trained weight, of that by the features. Frees all that the pass holds, but not `maps`
   * and `weights`: it can be called once.
   */
  backward(gradient: Tensor2D): Promise<Map<string, Float32Array>>;
}

/**
 * Both directions give way to other work between two layers: TensorFlow computes in this thread, and without that no
 * picture would be decoded or handed on while a batch is trained on.
 */
export function openUpperNetwork(tf: TensorFlow, { upper, at }: Pick<Cut, 'upper' | 'at'>): UpperNetwork {
  const operations = upper.map((layer) => openOperation(tf, layer));
  const last = operations.at(-1)!;
  const lastReader = new Map<string, Operation>();
  for (const operation of operations) for (const input of operation.inputs) lastReader.set(input, operation);

  return {
    trained: operations.flatMap(({ trained }) => trained),
    frozen: operations.flatMap(({ frozen }) => frozen),

    async infer(maps, weights) {
      const outputs = new Map<string, Tensor>([[at, maps]]);
      for (const operation of operations) {
        const inputs = operation.inputs.map((name) => outputs.get(name)!);
        outputs.set(operation.name, operation.forward(inputs, weights));
        for (const name of new Set(operation.inputs)) {
          if (name !== at && lastReader.get(name) === operation) outputs.get(name)!.dispose();
        }
        await nextTurn();
      }
      return outputs.get(last.name) as Tensor2D;
    },

    async forward(maps, weights) {
      const outputs = new Map<string, Tensor>([[at, maps]]);
      for (const operation of operations) {
        const inputs = operation.inputs.map((name) => outputs.get(name)!);
        outputs.set(operation.name, operation.forward(inputs, weights));
        await nextTurn();
      }
      const features = outputs.get(last.name) as Tensor2D;
      const backward = (gradient: Tensor2D) => goBack({ operations, outputs, weights, at, gradient });
      return { features, backward };
    },
  };
}

interface WayBack {
  operations: readonly Operation[];
  outputs: Map<string, Tensor>;
  weights: WeightTensors;
  at: string;
  gradient: Tensor;
}

async function goBack({ operations, outputs, weights, at, gradient }: WayBack) {
  const result = new Map<string, Float32Array>();
  /** Of the loss by the output of each layer, summed over the readers that were gone through. */
  const gradients = new Map<string, Tensor>([[operations.at(-1)!.name, gradient.clone()]]);
  for (const operation of [...operations].reverse()) {
    const own = gradients.get(operation.name)!;
    const output = outputs.get(operation.name)!;
    const inputs = operation.inputs.map((name) => outputs.get(name)!);
    // Nothing before the cut is trained. What is behind it may read the maps and a layer of the upper part: an Add.
    const wantsInputs = operation.inputs.some((name) => name !== at);
    const back = operation.backward({ gradient: own, inputs, output, weights, wantsInputs });
    for (const [name, tensor] of Object.entries(back.weights)) {
      result.set(name, tensor.dataSync() as Float32Array);
      tensor.dispose();
    }
    for (const [i, tensor] of back.inputs.entries()) {
      const name = operation.inputs[i]!;
      const before = gradients.get(name);
      if (name === at) tensor.dispose();
      else if (before) {
        gradients.set(name, before.add(tensor));
        before.dispose();
        tensor.dispose();
      } else gradients.set(name, tensor);
    }
    own.dispose();
    // Its readers come later in the order, so they were gone through before it.
    output.dispose();
    await nextTurn();
  }
  return result;
}
