/**
 * @module core/onnx/layers/activation
 * Activations, as layers and in the config of other layers.
 */
import { LayerConfig, refuse } from '../config.ts';
import type { Attributes } from '../graph.ts';
import type { Layer } from '../layers-model.ts';
import type { Lowering, Value } from '../lowering.ts';
import { rangeOf } from '../quantization.ts';
import type { LayerType } from './layer-type.ts';

type Activate = (lowering: Lowering, value: Value, layer: Layer) => Value;

/** Where 8 bits end, rounding of the scale may put the last step this far (relative) over a limit. */
const TOLERANCE = 1e-5;

/** The value of one operator, of the shape of its first input. */
export function apply(
  lowering: Lowering,
  opType: string,
  inputs: Value[],
  attributes?: Attributes,
  name = opType,
): Value {
  const [first] = inputs;
  const output = lowering.graph.node(
    opType,
    inputs.map((input) => input.name),
    { name: `${first!.name}/${name}`, ...(attributes ? { attributes } : {}) },
  );
  return { name: output, shape: first!.shape };
}

export const scalar = (lowering: Lowering, value: Value, number: number): Value => ({
  name: lowering.graph.scalar(`${value.name}/${number}`, number),
  shape: [],
});

/**
 * Cuts off what lies below `low` or above `high`. When the output is held in 8 bits whose range lies within, the rounding
 * to that range does it already, and onnxruntime fuses it with the convolution before.
 */
export function clip(lowering: Lowering, value: Value, layer: Layer, low: number, high: number): Value {
  const quantization = lowering.quantizationAt(layer);
  if (quantization) {
    const [least, largest] = rangeOf(quantization);
    const slack = TOLERANCE * (largest - least);
    if (least >= low - slack && largest <= high + slack) return { name: value.name, shape: value.shape };
  }
  if (low === 0 && high === Infinity) return apply(lowering, 'Relu', [value]);
  const limits = [low, high].map((limit) => (Number.isFinite(limit) ? scalar(lowering, value, limit) : NONE));
  return apply(lowering, 'Clip', [value, ...limits]);
}

/** An optional input that isn't given. */
const NONE: Value = { name: '', shape: [] };

/** An activation that is one operator of ONNX. */
const operator =
  (opType: string, attributes?: Attributes): Activate =>
  (lowering, value) =>
    apply(lowering, opType, [value], attributes);

const swish: Activate = (lowering, value) => {
  const gate = lowering.quantizeKnown(apply(lowering, 'Sigmoid', [value]), value, [0, 1]);
  return apply(lowering, 'Mul', [value, gate], undefined, 'Swish');
};

const mish: Activate = (lowering, value) => {
  const gate = apply(lowering, 'Tanh', [apply(lowering, 'Softplus', [value])]);
  return apply(lowering, 'Mul', [value, gate], undefined, 'Mish');
};

/** x/2 * (1 + erf(x / sqrt 2)) */
const gelu: Activate = (lowering, value) => {
  const root = apply(lowering, 'Mul', [value, scalar(lowering, value, Math.SQRT1_2)]);
  const gate = apply(lowering, 'Add', [apply(lowering, 'Erf', [root]), scalar(lowering, value, 1)]);
  const half = apply(lowering, 'Mul', [value, scalar(lowering, value, 0.5)]);
  return apply(lowering, 'Mul', [half, gate], undefined, 'Gelu');
};

/**
 * max(0, min(1, 0.2 x + 0.5)) in Keras 2 and TensorFlow.js, relu6(x + 3) / 6 in Keras 3: the name is the same.
 * (https://keras.io/api/layers/activations)
 */
const hardSigmoid: Activate = (lowering, value, { kerasVersion }) =>
  apply(lowering, 'HardSigmoid', [value], {
    alpha: { float: kerasVersion === 3 ? 1 / 6 : 0.2 },
    beta: { float: 0.5 },
  });

/** x * relu6(x + 3) / 6 wherever it exists, which is not in Keras 2 (Howard et al., "Searching for MobileNetV3", 2019). */
const hardSwish: Activate = (lowering, value) => {
  const slope = { alpha: { float: 1 / 6 }, beta: { float: 0.5 } };
  const gate = lowering.quantizeKnown(apply(lowering, 'HardSigmoid', [value], slope), value, [0, 1]);
  return apply(lowering, 'Mul', [value, gate], undefined, 'HardSwish');
};

/** x/2 * (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), TensorFlow.js' gelu_new. */
const geluByTanh: Activate = (lowering, value) => {
  const times = (factor: Value, number: number) =>
    apply(lowering, 'Mul', [factor, scalar(lowering, value, number)]);
  const square = apply(lowering, 'Mul', [value, value]);
  const bend = apply(lowering, 'Add', [times(square, 0.044715), scalar(lowering, value, 1)]);
  const inner = times(apply(lowering, 'Mul', [value, bend]), Math.sqrt(2 / Math.PI));
  const gate = apply(lowering, 'Add', [apply(lowering, 'Tanh', [inner]), scalar(lowering, value, 1)]);
  return apply(lowering, 'Mul', [times(value, 0.5), gate], undefined, 'Gelu');
};

/** By their names in lower case without underscores. */
const ACTIVATIONS: Record<string, Activate> = {
  linear: (_, value) => value,
  relu: (lowering, value, layer) => clip(lowering, value, layer, 0, Infinity),
  relu6: (lowering, value, layer) => clip(lowering, value, layer, 0, 6),
  sigmoid: operator('Sigmoid'),
  tanh: operator('Tanh'),
  elu: operator('Elu'),
  selu: operator('Selu'),
  softplus: operator('Softplus'),
  softsign: operator('Softsign'),
  exponential: operator('Exp'),
  hardsigmoid: hardSigmoid,
  hardswish: hardSwish,
  hardsilu: hardSwish,
  // Of Keras 3; the layer LeakyReLU has another slope.
  leakyrelu: operator('LeakyRelu', { alpha: { float: 0.2 } }),
  swish,
  silu: swish,
  mish,
  gelu,
  gelunew: geluByTanh,
};

const isCut = (name: string) => name === 'relu' || name === 'relu6';

function activate(lowering: Lowering, value: Value, layer: Layer, name: string): Value {
  if (name === 'softmax') {
    throw refuse(
      layer,
      'softmax can be converted at the end of the network only: the temperature and the softmax come after it.',
    );
  }
  const activation = Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
  if (!activation) {
    throw refuse(
      layer,
      `the activation "${name}" is unknown. Known: ${Object.keys(ACTIVATIONS).join(', ')}.`,
    );
  }
  return activation(lowering, value, layer);
}

/**
 * The activation in a layer's config, upon what the layer computed. One that isn't a mere cut needs the value before it
 * in 8 bits too, or the convolution before couldn't be computed in integers.
 */
export function withActivation(lowering: Lowering, layer: Layer, value: Value): Value {
  const name = new LayerConfig(layer).activation();
  if (name === 'linear') return value;
  const before = isCut(name) ? value : lowering.point(value, layer, '/linear');
  return activate(lowering, before, layer, name);
}

export const activation: LayerType = {
  isIdentity: (config) => config.activation() === 'linear',
  isClip: (config) => isCut(config.activation()),
  lower: (layer, [input], lowering) => activate(lowering, input!, layer, new LayerConfig(layer).activation()),
};

export const softmax: LayerType = {
  lower: (layer, [input], lowering) => activate(lowering, input!, layer, 'softmax'),
};
