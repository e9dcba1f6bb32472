/**
 * @module core/onnx/layers/shape
 * Flatten, Reshape, ZeroPadding2D: what moves values and makes none. Their order is TensorFlow's, channels last.
 */
import { LayerConfig, refuse } from '../config.ts';
import type { Layer } from '../layers-model.ts';
import { shown } from '../limits.ts';
import type { Lowering, Value } from '../lowering.ts';
import { pictureShape } from './geometry.ts';
import type { LayerType } from './layer-type.ts';

const countOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);
const isPicture = (shape: readonly number[]) => shape.length === 3;
/** Rows and columns of one: channels first and channels last are the same order. */
const isOneByOne = (shape: readonly number[]) => shape[0] === 1 && shape[1] === 1;

function reshape({ graph }: Lowering, layer: Layer, input: Value, shape: readonly number[]): Value {
  let { name } = input;
  if (isPicture(input.shape) && !isOneByOne(input.shape)) {
    name = graph.node('Transpose', [name], {
      name: `${layer.name}/last`,
      attributes: { perm: [0, 2, 3, 1] },
    });
  }
  const picture = isPicture(shape);
  const stored = picture && isOneByOne(shape) ? [shape[2]!, 1, 1] : shape;
  // 0 keeps the batch as it is.
  const target = graph.integers(`${layer.name}/shape`, [0, ...stored]);
  name = graph.node('Reshape', [name, target], { name: layer.name });
  if (picture && !isOneByOne(shape)) {
    name = graph.node('Transpose', [name], {
      name: `${layer.name}/first`,
      attributes: { perm: [0, 3, 1, 2] },
    });
  }
  return { name, shape };
}

export const flatten: LayerType = {
  keepsValues: true,
  lower(layer, [input], lowering) {
    new LayerConfig(layer).requireChannelsLast();
    return reshape(lowering, layer, input!, [countOf(input!.shape)]);
  },
};

export const reshapeLayer: LayerType = {
  keepsValues: true,
  lower(layer, [input], lowering) {
    const target = new LayerConfig(layer).get('target_shape');
    if (!Array.isArray(target)) throw refuse(layer, 'it has no target_shape.');
    const isOpen = (size: unknown) => size === -1 || size === null;
    if (target.filter(isOpen).length > 1)
      throw refuse(layer, `of [${target.join(', ')}] two sizes are open.`);
    const rest = countOf(target.filter((size) => !isOpen(size)));
    const shape: number[] = target.map((size) => (isOpen(size) ? countOf(input!.shape) / rest : size));
    if (countOf(shape) !== countOf(input!.shape) || shape.some((size) => !Number.isInteger(size))) {
      throw refuse(layer, `[${input!.shape.join(', ')}] can't be reshaped to [${target.join(', ')}].`);
    }
    return reshape(lowering, layer, input!, shape);
  },
};

/** [[top, bottom], [left, right]] of a ZeroPadding2D; its config has one number, two, or two pairs. */
export function zeroPadding(config: LayerConfig): [[number, number], [number, number]] {
  const padding = config.get('padding') ?? 1;
  const sides = Array.isArray(padding) ? padding : [padding, padding];
  const pairs = sides.map((side) => (Array.isArray(side) ? side : [side, side]));
  const isComplete = pairs.length === 2 && pairs.every((pair) => pair.length === 2);
  if (!isComplete || pairs.flat().some((size) => !Number.isInteger(size) || size < 0)) {
    throw refuse(config.layer, `the padding ${shown(padding)} can't be converted.`);
  }
  return pairs as [[number, number], [number, number]];
}

export const zeroPadding2d: LayerType = {
  keepsValues: true,
  lower(layer, [input], { graph }) {
    const config = new LayerConfig(layer);
    const [height, width, channels] = pictureShape(config, input!.shape);
    const [[top, bottom], [left, right]] = zeroPadding(config);
    const pads = graph.integers(`${layer.name}/pads`, [0, 0, top, left, 0, 0, bottom, right]);
    const padded = graph.node('Pad', [input!.name, pads], { name: `${layer.name}/padded` });
    // onnxruntime (1.30, PadFusion) would fold the zeros into a MaxPool behind it, which leaves its padding out: wrong where
    // all of a window is negative. A maximum of one tensor is that tensor, and keeps the two apart.
    const name = graph.node('Max', [padded], { name: layer.name });
    return { name, shape: [height + top + bottom, width + left + right, channels] };
  },
};
