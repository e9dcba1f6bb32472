/**
 * Each layer against TensorFlow.js, at odd and even sizes, in float32 and in int8.
 */
import * as tf from '@tensorflow/tfjs';
import { featuresOf, inputOf, largest, largestDifference, seedWeights } from './parity.ts';

type Symbolic = tf.SymbolicTensor;
const { layers } = tf;

/** A base of this one layer: the features are its output, flattened in TensorFlow's order. */
function baseOf(height: number, width: number, build: (input: Symbolic) => Symbolic): tf.LayersModel {
  const input = tf.input({ shape: [height, width, 3] });
  let output = build(input);
  if (output.shape.length > 2) output = layers.flatten().apply(output) as Symbolic;
  return seedWeights(tf.model({ inputs: input, outputs: output }));
}

/** The layer upon a picture of 4 channels with values of both signs, as inside a network. */
const inside =
  (...list: tf.layers.Layer[]) =>
  (input: Symbolic) =>
    list.reduce(
      (value, layer) => layer.apply(value) as Symbolic,
      layers.conv2d({ filters: 4, kernelSize: 1 }).apply(input) as Symbolic,
    );

const joined =
  (join: tf.layers.Layer, count = 2) =>
  (input: Symbolic) => {
    const branches = Array.from(
      { length: count },
      (_, at) => layers.conv2d({ filters: 4, kernelSize: at + 1, padding: 'same' }).apply(input) as Symbolic,
    );
    return join.apply(branches) as Symbolic;
  };

const windows = [1, 2].flatMap((strides) =>
  (['same', 'valid'] as const).flatMap((padding) =>
    [3, 2, 5].map((kernelSize) => ({ strides, padding, kernelSize })),
  ),
);
const activations = [
  ...[
    'linear',
    'relu',
    'relu6',
    'sigmoid',
    'tanh',
    'elu',
    'selu',
    'softplus',
    'softsign',
    'swish',
    'mish',
    'hardSigmoid',
  ],
  'gelu',
  'gelu_new',
] as const;
type ActivationName = NonNullable<Parameters<typeof layers.dense>[0]['activation']>;

/** Made anew for each size: a layer can't be in two models. */
const cases = (): [string, (input: Symbolic) => Symbolic][] => [
  ...windows.flatMap(({ strides, padding, kernelSize }): [string, (input: Symbolic) => Symbolic][] => {
    const text = `${kernelSize}x${kernelSize}, stride ${strides}, ${padding}`;
    return [
      [`Conv2D ${text}`, inside(layers.conv2d({ filters: 3, kernelSize, strides, padding }))],
      [
        `DepthwiseConv2D ${text}`,
        inside(layers.depthwiseConv2d({ kernelSize, strides, padding, depthMultiplier: 2 })),
      ],
      [`MaxPooling2D ${text}`, inside(layers.maxPooling2d({ poolSize: kernelSize, strides, padding }))],
      [
        `AveragePooling2D ${text}`,
        inside(layers.averagePooling2d({ poolSize: kernelSize, strides, padding })),
      ],
    ];
  }),
  [
    'Conv2D of 3x1',
    inside(layers.conv2d({ filters: 3, kernelSize: [3, 1], strides: [1, 2], padding: 'same' })),
  ],
  [
    'Conv2D without bias',
    inside(layers.conv2d({ filters: 3, kernelSize: 3, useBias: false, activation: 'relu' })),
  ],
  [
    'DepthwiseConv2D without bias, of 3x5',
    inside(layers.depthwiseConv2d({ kernelSize: [3, 5], useBias: false, padding: 'same' })),
  ],
  [
    'DepthwiseConv2D of one for each channel, with an activation',
    inside(layers.depthwiseConv2d({ kernelSize: 3, strides: 2, padding: 'same', activation: 'relu6' })),
  ],
  [
    'SeparableConv2D without bias',
    inside(
      layers.separableConv2d({ filters: 5, kernelSize: 5, useBias: false, strides: 2, padding: 'same' }),
    ),
  ],
  [
    'Conv2D dilated by 2 and 3',
    inside(layers.conv2d({ filters: 2, kernelSize: [3, 2], dilationRate: [2, 3], padding: 'same' })),
  ],
  ['dilated Conv2D', inside(layers.conv2d({ filters: 3, kernelSize: 3, dilationRate: 2, padding: 'same' }))],
  ['dilated SeparableConv2D', inside(layers.separableConv2d({ filters: 3, kernelSize: 3, dilationRate: 2 }))],
  [
    'SeparableConv2D',
    inside(
      layers.separableConv2d({ filters: 5, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' }),
    ),
  ],
  [
    'SeparableConv2D, valid',
    inside(layers.separableConv2d({ filters: 5, kernelSize: 3, depthMultiplier: 2 })),
  ],
  ...activations.map((name): [string, (input: Symbolic) => Symbolic] => [
    `the activation ${name}`,
    inside(layers.conv2d({ filters: 3, kernelSize: 3, activation: name as ActivationName })),
  ]),
  ...activations.map((name): [string, (input: Symbolic) => Symbolic] => [
    `Activation ${name}`,
    inside(layers.activation({ activation: name as ActivationName })),
  ]),
  ['ReLU', inside(layers.reLU())],
  ['ReLU up to 1', inside(layers.reLU({ maxValue: 1 }))],
  ['LeakyReLU', inside(layers.leakyReLU({ alpha: 0.2 }))],
  ['LeakyReLU of the usual slope', inside(layers.leakyReLU({}))],
  ['PReLU', inside(layers.prelu({}))],
  ['PReLU with a slope for each channel', inside(layers.prelu({ sharedAxes: [1, 2] }))],
  ['PReLU on a vector', inside(layers.globalAveragePooling2d({}), layers.prelu({}))],
  ['ThresholdedReLU', inside(layers.thresholdedReLU({ theta: 0.1 }))],
  ['ELU', inside(layers.elu({ alpha: 1 }))],
  ['BatchNormalization behind Conv2D', inside(layers.batchNormalization())],
  ['BatchNormalization behind a ReLU', inside(layers.reLU(), layers.batchNormalization({ scale: false }))],
  [
    'BatchNormalization behind DepthwiseConv2D',
    inside(
      layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, useBias: false }),
      layers.batchNormalization(),
    ),
  ],
  [
    'BatchNormalization behind SeparableConv2D',
    inside(
      layers.separableConv2d({ kernelSize: 3, filters: 3 }),
      layers.batchNormalization({ center: false }),
    ),
  ],
  [
    'BatchNormalization behind Dense',
    inside(layers.flatten(), layers.dense({ units: 5 }), layers.batchNormalization(), layers.reLU()),
  ],
  [
    'BatchNormalization behind a layer that feeds another too',
    (input) => {
      const conv = layers.conv2d({ filters: 4, kernelSize: 3 }).apply(input) as Symbolic;
      return layers.add().apply([conv, layers.batchNormalization().apply(conv) as Symbolic]) as Symbolic;
    },
  ],
  ['Add', joined(layers.add())],
  ['Add of three', joined(layers.add(), 3)],
  ['Multiply', joined(layers.multiply())],
  ['Average', joined(layers.average(), 3)],
  ['Maximum', joined(layers.maximum())],
  ['Minimum', joined(layers.minimum())],
  ['Concatenate', joined(layers.concatenate(), 3)],
  [
    'Multiply of a picture by a number for each channel',
    (input) => {
      const picture = layers.conv2d({ filters: 4, kernelSize: 1 }).apply(input) as Symbolic;
      const vector = layers.globalMaxPooling2d({}).apply(picture) as Symbolic;
      const gate = layers.reshape({ targetShape: [1, 1, 4] }).apply(vector) as Symbolic;
      return layers.multiply().apply([picture, gate]) as Symbolic;
    },
  ],
  ['Concatenate of columns', joined(layers.concatenate({ axis: 2 }))],
  ['Concatenate of rows', joined(layers.concatenate({ axis: 1 }))],
  [
    'ZeroPadding2D before Conv2D',
    inside(
      layers.zeroPadding2d({
        padding: [
          [0, 1],
          [2, 1],
        ],
      }),
      layers.conv2d({ filters: 2, kernelSize: 3, strides: 2 }),
    ),
  ],
  [
    'ZeroPadding2D before MaxPooling2D',
    inside(layers.zeroPadding2d({ padding: 1 }), layers.maxPooling2d({ poolSize: 3 })),
  ],
  [
    'ZeroPadding2D before DepthwiseConv2D, an end only (case 46)',
    inside(
      layers.zeroPadding2d({
        padding: [
          [0, 1],
          [0, 1],
        ],
      }),
      layers.depthwiseConv2d({ kernelSize: 3, strides: 2 }),
    ),
  ],
  [
    'ZeroPadding2D before AveragePooling2D',
    inside(layers.zeroPadding2d({ padding: [1, 2] }), layers.averagePooling2d({})),
  ],
  ['ZeroPadding2D at the end', inside(layers.zeroPadding2d({ padding: 2 }))],
  ['GlobalAveragePooling2D', inside(layers.globalAveragePooling2d({}))],
  ['GlobalMaxPooling2D', inside(layers.globalMaxPooling2d({}))],
  ['Dense upon a picture', inside(layers.dense({ units: 5, activation: 'relu' }))],
  ['Dense upon a picture, without bias', inside(layers.dense({ units: 2, useBias: false }))],
  ['Dense upon Flatten', inside(layers.flatten(), layers.dense({ units: 5 }), layers.dense({ units: 3 }))],
  ['Flatten', inside(layers.flatten())],
  [
    'Reshape to a vector and back',
    inside(layers.globalAveragePooling2d({}), layers.reshape({ targetShape: [1, 1, 4] })),
  ],
  [
    'Reshape of a picture',
    (input: Symbolic) => {
      const targetShape = [2, 2, (input.shape[1]! * input.shape[2]! * 4) / 4];
      return inside(layers.reshape({ targetShape }), layers.conv2d({ filters: 2, kernelSize: 1 }))(input);
    },
  ],
  [
    'Reshape with an open size',
    (input: Symbolic) =>
      inside(
        layers.reshape({ targetShape: [input.shape[1]!, -1, 2] }),
        layers.conv2d({ filters: 2, kernelSize: 2 }),
        // TensorFlow.js leaves the size open in the shape, so that nothing behind may depend on it.
        layers.globalMaxPooling2d({}),
      )(input),
  ],
  ['Reshape of a picture to a vector', inside(layers.reshape({ targetShape: [-1] }))],
  [
    'AlphaDropout and GaussianDropout',
    inside(layers.alphaDropout({ rate: 0.5 }), layers.gaussianDropout({ rate: 0.5 })),
  ],
  ['Dropout and GaussianNoise', inside(layers.dropout({ rate: 0.5 }), layers.gaussianNoise({ stddev: 1 }))],
  ['Rescaling', inside(layers.rescaling({ scale: 0.5, offset: -1 }))],
];

describe.each([
  [9, 7],
  [8, 10],
])('on %i x %i pixels', (height, width) => {
  test.each(cases())('%s gives what TensorFlow.js gives', async (_, build) => {
    const { expected, float32, int8 } = await featuresOf(
      baseOf(height, width, build),
      inputOf(height, width),
    );
    const size = largest(expected);
    expect(size).toBeGreaterThan(0);
    expect(largestDifference(float32, expected)).toBeLessThan(2e-5 * Math.max(1, size));
    expect(largestDifference(int8, expected)).toBeLessThan(0.05 * size);
  });
});
