/**
 * @module core/onnx/layers-model
 * A TensorFlow.js layers model as plain layers and float32 weights, without TensorFlow.js.
 */

/** Values in the order that TensorFlow keeps them: the last axis runs fastest. */
export interface WeightTensor {
  shape: readonly number[];
  values: Float32Array;
}

/** One layer; `inputs` are the names of the layers that feed it. Layers of a nested model are called `outer/inner`. */
export interface Layer {
  name: string;
  className: string;
  config: Record<string, unknown>;
  inputs: string[];
  /** Of which Keras the config is; 2, which TensorFlow.js follows, where it isn't said. */
  kerasVersion?: 2 | 3;
}

/** A network of one input and one output. The weights' keys are `layer/kernel`, `layer/bias` and so on. */
export interface LayersModel {
  /** Each after the ones that feed it. */
  layers: Layer[];
  /** The name of the layer that gives the network's answer. */
  outputs: string;
  weights: ReadonlyMap<string, WeightTensor>;
}
