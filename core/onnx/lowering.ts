/**
 * @module core/onnx/lowering
 * What the layer types write their ONNX nodes with. Each writes the same nodes for float32, int8 and calibration;
 * what differs, the quantisation around them or the measuring of ranges, happens here.
 */
import { InvalidModelError } from '../errors.ts';
import { weightOf } from './config.ts';
import { GraphBuilder } from './graph.ts';
import type { Layer, WeightTensor } from './layers-model.ts';
import { shown } from './limits.ts';
import { type FloatWeights, type Quantization, quantizationOf, quantizeWeights } from './quantization.ts';

/** The least and the largest value of each layer's output, after its activation. */
export type Calibration = Record<string, [number, number]>;

/**
 * A float32 tensor of the graph. `shape` is TensorFlow's without the batch: a picture [H, W, C] is stored as
 * [N, C, H, W], anything else in the order of its shape.
 */
export interface Value {
  name: string;
  shape: readonly number[];
  /** Set where the tensor comes straight out of a DequantizeLinear. */
  quantization?: Quantization;
}

export type Mode = { kind: 'float32' } | { kind: 'calibration' } | { kind: 'int8'; calibration: Calibration };

export interface LoweringOptions {
  mode: Mode;
  weights: ReadonlyMap<string, WeightTensor>;
  /** Layers at the network's end whose outputs stay float32. */
  floatLayers: ReadonlySet<string>;
}

/** It comes from a file, so it may be anything. */
const isRange = (range: unknown): range is [number, number] =>
  Array.isArray(range) && range.length === 2 && range.every(Number.isFinite) && range[0] <= range[1];

export class Lowering {
  readonly graph = new GraphBuilder(['pixels', 'features', 'logits']);
  /** The points whose ranges are measured or used, in order. */
  readonly points: { name: string; value: string }[] = [];
  readonly mode: Mode;
  private readonly weights: ReadonlyMap<string, WeightTensor>;
  private readonly floatLayers: ReadonlySet<string>;

  constructor({ mode, weights, floatLayers }: LoweringOptions) {
    this.mode = mode;
    this.weights = weights;
    this.floatLayers = floatLayers;
  }

  weight(layer: Layer, name: string): WeightTensor {
    return weightOf(this.weights, layer, name);
  }

  /** How the output of `layer` is to be held; undefined where it stays float32. */
  quantizationAt(layer: Layer, part = ''): Quantization | undefined {
    if (this.mode.kind !== 'int8' || this.floatLayers.has(layer.name)) return undefined;
    const name = layer.name + part;
    const range = Object.hasOwn(this.mode.calibration, name) ? this.mode.calibration[name] : undefined;
    if (!range) {
      throw new InvalidModelError(
        `The calibration has no range for the layer "${name}". Measure it on this very network by calibrationGraph; it is needed for int8.`,
      );
    }
    const quantization = isRange(range) ? quantizationOf(range) : undefined;
    if (!quantization || !Number.isFinite(quantization.scale)) {
      const found = Array.isArray(range) ? `[${range.slice(0, 4).join(', ')}]` : shown(range);
      throw new InvalidModelError(
        `The calibration's range for the layer "${name}" is ${found}, which is no range.`,
      );
    }
    return quantization;
  }

  /**
   * A point where values may be held in 8 bits: the output of `layer`, or what its `part` computes before that.
   * int8 rounds here, calibration measures, float32 does nothing.
   */
  point(value: Value, layer: Layer, part = ''): Value {
    if (this.floatLayers.has(layer.name)) return value;
    if (this.mode.kind !== 'float32') this.points.push({ name: layer.name + part, value: value.name });
    const quantization = this.quantizationAt(layer, part);
    return quantization ? this.quantize(value, quantization) : value;
  }

  /** Rounds `value` to 8 bits and back, which onnxruntime then fuses with the operators on both sides. */
  quantize(value: Value, quantization: Quantization): Value {
    const parameters = this.quantizationConstants(value.name, quantization);
    const quantized = this.graph.node('QuantizeLinear', [value.name, ...parameters], {
      name: `${value.name}/quantized`,
    });
    return this.dequantize(quantized, value, parameters, quantization);
  }

  /** The float32 of a uint8 tensor that is there already. */
  dequantizeInput(quantized: string, shape: readonly number[], quantization: Quantization): Value {
    const value = { name: quantized, shape };
    return this.dequantize(
      quantized,
      value,
      this.quantizationConstants(quantized, quantization),
      quantization,
    );
  }

  /** Holds a value whose range is known beforehand, a sigmoid's [0, 1] say, as `like` is held. */
  quantizeKnown(value: Value, like: Value, range: readonly [number, number]): Value {
    return like.quantization ? this.quantize(value, quantizationOf(range)) : value;
  }

  /**
   * The inputs of a Conv or Gemm: kernel and, if there is one, bias; in 8 bits where `input` is, so that
   * onnxruntime computes in integers.
   */
  weightInputs(input: Value, weights: FloatWeights, name: string): string[] {
    const { graph } = this;
    if (!input.quantization) {
      const kernel = graph.constant(`${name}/kernel`, weights.dims, weights.kernel);
      return weights.bias
        ? [kernel, graph.constant(`${name}/bias`, [weights.bias.length], weights.bias)]
        : [kernel];
    }
    const { kernel, scales, bias } = quantizeWeights(weights, input.quantization.scale);
    const channels = [scales.length];
    const dequantizeChannels = (
      tensor: string,
      zero: Int8Array | Int32Array,
      scale: Float32Array,
      axis: number,
    ) =>
      graph.node(
        'DequantizeLinear',
        [
          tensor,
          graph.constant(`${tensor}/scale`, channels, scale),
          graph.constant(`${tensor}/zero`, channels, zero),
        ],
        { name: `${tensor}/float`, attributes: { axis } },
      );
    const kernelTensor = graph.constant(`${name}/kernel`, weights.dims, kernel);
    const inputs = [
      dequantizeChannels(kernelTensor, new Int8Array(scales.length), scales, weights.channelAxis),
    ];
    if (bias) {
      const biasTensor = graph.constant(`${name}/bias`, channels, bias.values);
      inputs.push(dequantizeChannels(biasTensor, new Int32Array(scales.length), bias.scales, 0));
    }
    return inputs;
  }

  private quantizationConstants(name: string, { scale, zeroPoint }: Quantization): string[] {
    return [
      this.graph.scalar(`${name}/scale`, scale),
      this.graph.constant(`${name}/zero`, [], Uint8Array.of(zeroPoint)),
    ];
  }

  private dequantize(
    quantized: string,
    value: Value,
    parameters: string[],
    quantization: Quantization,
  ): Value {
    const name = this.graph.node('DequantizeLinear', [quantized, ...parameters], {
      name: `${value.name}/rounded`,
    });
    return { name, shape: value.shape, quantization };
  }
}
