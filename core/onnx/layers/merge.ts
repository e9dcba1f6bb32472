/**
 * @module core/onnx/layers/merge
 * Layers that join several: Add, Multiply, Concatenate and their like.
 */
import { LayerConfig, refuse } from '../config.ts';
import type { Layer } from '../layers-model.ts';
import type { Value } from '../lowering.ts';
import type { LayerType } from './layer-type.ts';

function requireSeveral(layer: Layer, inputs: Value[]): void {
  if (inputs.length < 2) throw refuse(layer, `it joins layers but has ${inputs.length} inputs.`);
}

function broadcastShape(layer: Layer, one: readonly number[], other: readonly number[]): number[] {
  const fits =
    one.length === other.length &&
    one.every((size, axis) => size === other[axis] || size === 1 || other[axis] === 1);
  if (!fits) throw refuse(layer, `its inputs [${one.join(', ')}] and [${other.join(', ')}] can't be joined.`);
  return one.map((size, axis) => Math.max(size, other[axis]!));
}

/** Joined two by two: onnxruntime has integer forms of Add and Mul for two inputs, none of Sum. */
function elementwise(opType: string, divide = false): LayerType {
  return {
    joins: true,
    lower(layer, inputs, { graph }) {
      requireSeveral(layer, inputs);
      const joined = inputs.reduce((left, right) => ({
        shape: broadcastShape(layer, left.shape, right.shape),
        name: graph.node(opType, [left.name, right.name], { name: layer.name }),
      }));
      if (!divide) return joined;
      const share = graph.scalar(`${layer.name}/share`, 1 / inputs.length);
      return { ...joined, name: graph.node('Mul', [joined.name, share], { name: layer.name }) };
    },
  };
}

export const add = elementwise('Add');
export const subtract = elementwise('Sub');
export const multiply = elementwise('Mul');
export const average = elementwise('Add', true);
export const maximum = elementwise('Max');
export const minimum = elementwise('Min');

export const concatenate: LayerType = {
  joins: true,
  lower(layer, inputs, { graph }) {
    requireSeveral(layer, inputs);
    const shape = inputs[0]!.shape;
    const given = new LayerConfig(layer).number('axis', -1);
    const axis = given < 0 ? given + shape.length : given - 1;
    const fits = inputs.every(
      (input) =>
        input.shape.length === shape.length &&
        input.shape.every((size, at) => at === axis || size === shape[at]),
    );
    if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length || !fits) {
      const shapes = inputs.map((input) => `[${input.shape.join(', ')}]`).join(', ');
      throw refuse(layer, `its inputs ${shapes} can't be put together along axis ${given}.`);
    }
    const total = inputs.reduce((sum, input) => sum + input.shape[axis]!, 0);
    // A picture [H, W, C] is stored as [N, C, H, W].
    const storedAxis = shape.length === 3 ? [2, 3, 1][axis]! : axis + 1;
    const names = inputs.map((input) => input.name);
    const name = graph.node('Concat', names, { name: layer.name, attributes: { axis: storedAxis } });
    return { name, shape: shape.map((size, at) => (at === axis ? total : size)) };
  },
};
