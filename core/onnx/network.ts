/**
 * @module core/onnx/network
 * Writes a whole network: each layer by its type, from the pixels to the features and logits.
 */
import { InvalidModelError } from '../errors.ts';
import type { ModelInput } from '../manifest.ts';
import { LayerConfig, refuse } from './config.ts';
import { findHead, floatLayersOf, type HeadKind } from './head.ts';
import { lowerInput } from './layers/input.ts';
import { layerType } from './layers/table.ts';
import type { Layer, LayersModel } from './layers-model.ts';
import { MOST_VALUES } from './limits.ts';
import { Lowering, type Mode, type Value } from './lowering.ts';
import { moveZeroToPixel } from './pixel-offset.ts';
import { consumersOf, simplify } from './simplify.ts';

/** Writes the network's nodes and declares `features` and `logits`. */
export function lowerNetwork(source: LayersModel, input: ModelInput, kind: HeadKind, mode: Mode): Lowering {
  const head = findHead(simplify(source), kind);
  const { features, logits } = head;
  const { model, scaling } =
    mode.kind === 'int8'
      ? moveZeroToPixel(head.model, input.scaling)
      : { model: head.model, scaling: input.scaling };
  const lowering = new Lowering({ mode, weights: model.weights, floatLayers: floatLayersOf(head) });
  const consumers = consumersOf(model.layers);
  const values = new Map<string, Value>();
  for (const layer of model.layers) {
    if (layer.className === 'InputLayer') {
      values.set(layer.name, lowerInput(lowering, layer, { ...input, scaling }));
      continue;
    }
    const inputs = layer.inputs.map((name) => values.get(name)!);
    values.set(layer.name, lowerLayer(layer, inputs, lowering, consumers.get(layer.name)!));
  }
  declareOutput(lowering, 'features', values.get(features)!, features);
  if (logits !== undefined) declareOutput(lowering, 'logits', values.get(logits)!, logits);
  return lowering;
}

function lowerLayer(layer: Layer, inputs: Value[], lowering: Lowering, readers: readonly Layer[]): Value {
  const type = layerType(layer);
  if (!type.joins && inputs.length !== 1)
    throw refuse(layer, `it has ${inputs.length} inputs instead of one.`);
  const value = type.lower(layer, inputs, lowering);
  checkSize(layer, value);
  if (type.keepsValues) {
    const { quantization } = inputs[0]!;
    return quantization ? lowering.quantize(value, quantization) : value;
  }
  return awaitsClip(layer, readers) ? value : lowering.point(value, layer);
}

/** A padding of a billion pixels is quickly written; onnxruntime would end the process for want of memory. */
function checkSize(layer: Layer, { shape }: Value): void {
  const count = shape.reduce((product, size) => product * size, 1);
  const isPossible = shape.every((size) => Number.isInteger(size) && size > 0) && count <= MOST_VALUES;
  if (!isPossible) throw refuse(layer, `its output would have the shape [${shape.join(', ')}].`);
}

/**
 * True where the only reader cuts off by the range of its own 8 bits (see `clip`): rounding before that would keep
 * onnxruntime from computing layer and cut as one, and spend half of the 256 steps on what is cut off.
 */
function awaitsClip(layer: Layer, readers: readonly Layer[]): boolean {
  const [only] = readers;
  const isClipped = readers.length === 1 && layerType(only!).isClip?.(new LayerConfig(only!)) === true;
  return (
    isClipped && (layer.config.activation === undefined || new LayerConfig(layer).activation() === 'linear')
  );
}

function declareOutput(lowering: Lowering, name: string, value: Value, layer: string): void {
  if (value.shape.length !== 1) {
    throw new InvalidModelError(
      `The ${name}, the output of the layer "${layer}", have the shape [${value.shape.join(', ')}]; they must be a vector. End the base in GlobalAveragePooling2D or Flatten.`,
    );
  }
  lowering.graph.output(name, value.name, ['N', value.shape[0]!]);
}
