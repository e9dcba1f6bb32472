/**
 * Reading model.json: the forms of its topology, and what is refused.
 */
import * as tf from '@tensorflow/tfjs';
import { InvalidModelError } from '../../../../core/errors.ts';
import { convertLayersModel } from '../../../../core/onnx/convert.ts';
import { readLayersModel } from '../../../../core/onnx/read-layers-model.ts';
import { branchedModel, inputOf, type SavedModel, saveModel, seedWeights } from './parity.ts';

const { layers } = tf;
const SIZE = 8;
const input = inputOf(SIZE, SIZE);

let saved: SavedModel;
beforeEach(async () => {
  saved = await saveModel(branchedModel(SIZE));
});

const convert = ({ modelJson, shards }: SavedModel) =>
  convertLayersModel(readLayersModel(modelJson, shards), { input, precision: 'float32' });
const same = (one: Uint8Array, other: Uint8Array) => Buffer.compare(one, other) === 0;
const configOf = (name: string) =>
  // biome-ignore lint/suspicious/noExplicitAny: JSON as it is
  saved.modelJson.modelTopology.config.layers.find((layer: any) => layer.config.name === name);

describe('the topology', () => {
  test('has its input shape without the batch, or in the first layer only (case 36)', () => {
    const expected = convert(saved);
    const { config } = configOf('picture');
    delete config.batch_input_shape;
    config.shape = [SIZE, SIZE, 3];
    expect(same(convert(saved), expected)).toBe(true);
    delete config.shape;
    configOf('one').config.batch_input_shape = [null, SIZE, SIZE, 3];
    expect(same(convert(saved), expected)).toBe(true);
  });

  test.each(['batch_shape', 'batchShape', 'batch_input_shape', 'batchInputShape'])(
    'has its input shape under %s (case 36)',
    (key) => {
      const expected = convert(saved);
      const { config } = configOf('picture');
      delete config.batch_input_shape;
      config[key] = [null, SIZE, SIZE, 3];
      expect(same(convert(saved), expected)).toBe(true);
    },
  );

  test('without any input shape is refused by the name of the layer (case 36)', () => {
    delete configOf('picture').config.batch_input_shape;
    expect(() => convert(saved)).toThrow(/"picture" has no shape/);
  });

  const keras3 = (name: string) => ({
    class_name: '__keras_tensor__',
    config: { shape: [null, SIZE, SIZE, 4], dtype: 'float32', keras_history: [name, 0, 0] },
  });

  test.each<[string, unknown, unknown]>([
    [
      'flat',
      [
        ['one', 0, 0, {}],
        ['two', 0, 0, {}],
      ],
      [['sum', 0, 0, {}]],
    ],
    [
      'of Keras 3',
      [{ args: [[keras3('one'), keras3('two')]], kwargs: {} }],
      [{ args: [keras3('sum')], kwargs: { mask: null } }],
    ],
  ])('has inbound nodes %s (case 37)', (_, ofSum, ofPool) => {
    const expected = convert(saved);
    configOf('sum').inbound_nodes = ofSum;
    configOf('pool').inbound_nodes = ofPool;
    expect(same(convert(saved), expected)).toBe(true);
  });

  test.each(['Functional', 'Model'])('is of the class %s (case 40)', (className) => {
    const expected = convert(saved);
    saved.modelJson.modelTopology.class_name = className;
    saved.modelJson.modelTopology = { model_config: saved.modelJson.modelTopology, keras_version: '2.15.0' };
    expect(same(convert(saved), expected)).toBe(true);
  });

  test('of Sequential is a list or an object, with camelCase keys too (case 40)', async () => {
    const model = tf.sequential({
      layers: [
        layers.conv2d({
          filters: 2,
          kernelSize: 3,
          strides: 2,
          useBias: false,
          inputShape: [SIZE, SIZE, 3],
          name: 'c',
        }),
        layers.flatten({ name: 'f' }),
        layers.dense({ units: 2, activation: 'softmax', name: 'd' }),
      ],
    });
    saved = await saveModel(seedWeights(model));
    const expected = convert(saved);
    const { config } = saved.modelJson.modelTopology;
    saved.modelJson.modelTopology.config = config.layers;
    expect(same(convert(saved), expected)).toBe(true);
    const first = config.layers[0].config;
    first.useBias = first.use_bias;
    first.batchInputShape = first.batch_input_shape;
    delete first.use_bias;
    delete first.batch_input_shape;
    expect(same(convert(saved), expected)).toBe(true);
  });

  test('with a dtype as an object is read (case 38)', () => {
    const expected = convert(saved);
    configOf('head').config.dtype = {
      module: 'keras',
      class_name: 'DTypePolicy',
      config: { name: 'mixed_float16' },
    };
    expect(same(convert(saved), expected)).toBe(true);
  });

  test.each(['Lambda', 'TFOpLambda', 'Resizing', 'MyOwnLayer', 'constructor'])(
    'with a %s is refused by name (case 42)',
    (className) => {
      configOf('sum').class_name = className;
      expect(() => convert(saved)).toThrow(InvalidModelError);
      expect(() => convert(saved)).toThrow(
        new RegExp(`"sum" is of the class ${className}.*Known classes: .*Conv2D`),
      );
    },
  );

  test.each<[string, (model: SavedModel) => void, RegExp]>([
    [
      'a graph model',
      ({ modelJson }) => {
        modelJson.format = 'graph-model';
      },
      /layers_model/,
    ],
    [
      'no topology',
      ({ modelJson }) => {
        modelJson.modelTopology = null;
      },
      /no modelTopology/,
    ],
    [
      'no weights manifest',
      ({ modelJson }) => {
        modelJson.weightsManifest = undefined;
      },
      /no weightsManifest/,
    ],
    [
      'an input that is missing',
      () => {
        configOf('head').inbound_nodes = [[['gone', 0, 0, {}]]];
      },
      /"gone"/,
    ],
    [
      'a circle',
      () => {
        configOf('sum').inbound_nodes = [[['pool', 0, 0, {}]]];
      },
      /circle/,
    ],
    [
      'a layer called twice',
      () => configOf('one').inbound_nodes.push([['picture', 0, 0, {}]]),
      /"one" \(Conv2D\) is called 2 times/,
    ],
    [
      'the activation sigmoid at the end',
      () => {
        configOf('head').config.activation = 'sigmoid';
      },
      /"head" \(Dense\).*must end in a Dense layer with the activation softmax/,
    ],
    [
      'logits at the end (case 82)',
      () => {
        configOf('head').config.activation = 'linear';
      },
      /"head".*softmax/,
    ],
    [
      'a softmax in the midst',
      () => {
        configOf('one').config.activation = 'softmax';
      },
      /"one".*at the end/,
    ],
    [
      'an unknown activation',
      () => {
        configOf('one').config.activation = 'snake';
      },
      /"snake" is unknown. Known: /,
    ],
    [
      'channels first',
      () => {
        configOf('one').config.data_format = 'channels_first';
      },
      /channels_last/,
    ],
  ])('with %s is refused', (_, change, message) => {
    change(saved);
    expect(() => convert(saved)).toThrow(InvalidModelError);
    expect(() => convert(saved)).toThrow(message);
  });
});
