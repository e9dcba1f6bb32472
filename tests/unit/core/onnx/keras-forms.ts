/**
 * @module tests/unit/core/onnx/keras-forms
 * A model that TensorFlow.js saved, in the forms that the converter of TensorFlow.js writes for Keras 2 and Keras 3.
 */
import type { SavedModel } from './parity.ts';

// biome-ignore lint/suspicious/noExplicitAny: JSON of any form
type Json = any;

const snake = (word: string) => word.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Every `activation` in snake_case, as Keras has it: hardSigmoid is hard_sigmoid. */
function keras(config: Json): Json {
  return typeof config.activation === 'string' ? { ...config, activation: snake(config.activation) } : config;
}

function changeLayers(saved: SavedModel, change: (layer: Json) => Json): SavedModel {
  const { modelJson, shards } = structuredClone(saved);
  const topology = modelJson.modelTopology;
  topology.config.layers = topology.config.layers.map(change);
  return { modelJson, shards };
}

/** Keras 2.15: `model_config`, channels' axis as a list, weights called `layer/kernel` without the model. */
export function asKeras2(saved: SavedModel): SavedModel {
  const { modelJson, shards } = changeLayers(saved, (layer) => {
    const config = keras(layer.config);
    if (layer.class_name === 'BatchNormalization') config.axis = [3];
    return { ...layer, config };
  });
  const { class_name, config } = modelJson.modelTopology;
  const model = { class_name: class_name === 'Model' ? 'Functional' : class_name, config };
  modelJson.modelTopology = { keras_version: '2.15.0', backend: 'tensorflow', model_config: model };
  return { modelJson: { ...modelJson, generatedBy: 'keras v2.15.0' }, shards };
}

const tensor = ([name, node, index]: [string, number, number]) => ({
  class_name: '__keras_tensor__',
  config: { shape: [null], dtype: 'float32', keras_history: [name, node, index] },
});

const dtype = {
  module: 'keras',
  class_name: 'DTypePolicy',
  config: { name: 'float32' },
  registered_name: null,
};

/** Keras 3: `batch_shape`, tensors as objects, dtype policies, modules, flat references, weights `net/layer/kernel`. */
export function asKeras3(saved: SavedModel): SavedModel {
  const { modelJson, shards } = changeLayers(saved, (layer) => {
    const { batch_input_shape, ...config } = keras(layer.config);
    const shape = batch_input_shape ? { batch_shape: batch_input_shape } : {};
    const joins = layer.inbound_nodes?.[0]?.length > 1;
    const tensors = layer.inbound_nodes?.[0]?.map(tensor) ?? [];
    const inbound_nodes = tensors.length === 0 ? [] : [{ args: joins ? [tensors] : tensors, kwargs: {} }];
    const wrapped = { module: 'keras.layers', registered_name: null, build_config: { input_shape: [null] } };
    return {
      ...wrapped,
      class_name: layer.class_name,
      config: { ...config, ...shape, dtype },
      name: layer.name,
      inbound_nodes,
    };
  });
  const { class_name, config } = modelJson.modelTopology;
  const isSequential = class_name === 'Sequential';
  if (isSequential) {
    const [{ config: first }] = config.layers;
    const { batch_shape } = first;
    delete first.batch_shape;
    config.layers.unshift({ class_name: 'InputLayer', config: { name: 'input_layer', batch_shape, dtype } });
  } else {
    config.input_layers = config.input_layers[0];
    config.output_layers = config.output_layers[0];
  }
  const model = { module: 'keras', class_name: isSequential ? class_name : 'Functional', config };
  modelJson.modelTopology = { keras_version: '3.5.0', backend: 'tensorflow', model_config: model };
  for (const group of modelJson.weightsManifest) {
    for (const weight of group.weights) weight.name = `net/${weight.name}`;
  }
  return { modelJson, shards };
}
