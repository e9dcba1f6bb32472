/**
 * @module core/onnx/convert
 * Converts a TensorFlow.js layers model to ONNX: uint8 pixels [N, H, W, 3] in, `logits` [N, C] and `features` [N, F] out.
 */
import { InvalidModelError } from '../errors.ts';
import type { ModelInput, Precision } from '../manifest.ts';
import type { HeadKind } from './head.ts';
import type { LayersModel } from './layers-model.ts';
import type { Calibration } from './lowering.ts';
import { lowerNetwork } from './network.ts';

export type { Calibration } from './lowering.ts';

export interface ConversionOptions {
  /** Width, height and scaling of the pictures; the graph does the scaling. */
  input: ModelInput;
  precision: Precision;
  /** The ranges that {@link calibrationGraph} measures on this network; needed for int8. */
  calibration?: Calibration;
  /** `features` converts a base without a classifier: the graph gives `features` only. */
  head?: HeadKind;
}

/**
 * The ONNX file of a network; the same network and options give the same bytes.
 *
 * @throws {InvalidModelError} for a layer, config or ending that can't be converted, or a range that is missing
 */
export function convertLayersModel(model: LayersModel, options: ConversionOptions): Uint8Array {
  const { input, precision, calibration, head = 'classifier' } = options;
  if (precision === 'float32') return lowerNetwork(model, input, head, { kind: 'float32' }).graph.toBytes();
  if (!calibration) {
    throw new InvalidModelError(
      'int8 needs a calibration: the range of each layer, measured by calibrationGraph over photographs.',
    );
  }
  return lowerNetwork(model, input, head, { kind: 'int8', calibration }).graph.toBytes();
}

export interface CalibrationGraph {
  onnx: Uint8Array;
  /** The points to measure; the graph's outputs are `${layer}:min` and `${layer}:max`, or `${layer}:values`. */
  layers: string[];
}

export interface CalibrationGraphOptions {
  input: ModelInput;
  head?: HeadKind;
  /** `range`: the ends of each layer's output over the batch, as scalars. `values`: all of it, in a row. */
  measure?: 'range' | 'values';
}

/**
 * A float32 graph that gives, besides the usual outputs, what is measured of each layer's output. Run over training
 * photographs it makes a {@link Calibration}. Most points are layers; some are steps within one, `conv/linear` before an
 * activation say.
 */
export function calibrationGraph(
  model: LayersModel,
  { input, head = 'classifier', measure = 'range' }: CalibrationGraphOptions,
): CalibrationGraph {
  const { graph, points } = lowerNetwork(model, input, head, { kind: 'calibration' });
  const names = points.map((point) => point.name);
  if (measure === 'values') {
    const row = graph.integers('calibration/row', [-1]);
    for (const { name, value } of points) {
      const flat = graph.node('Reshape', [value, row], { name: `${value}/row` });
      graph.output(`${name}:values`, flat, [`${name}:count`]);
    }
    return { onnx: graph.toBytes(), layers: names };
  }
  for (const { name, value } of points) {
    for (const [end, operator] of [
      ['min', 'ReduceMin'],
      ['max', 'ReduceMax'],
    ] as const) {
      const reduced = graph.node(operator, [value], { name: `${value}/${end}`, attributes: { keepdims: 0 } });
      graph.output(`${name}:${end}`, reduced, []);
    }
  }
  return { onnx: graph.toBytes(), layers: names };
}
