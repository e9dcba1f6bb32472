/**
 * @module tests/unit/core/onnx/hostile
 * Ways to spoil a saved model, and what is said of it then.
 */
import { InvalidModelError } from '../../../../core/errors.ts';
import { convertLayersModel } from '../../../../core/onnx/convert.ts';
import { readLayersModel } from '../../../../core/onnx/read-layers-model.ts';
import { inputOf, type SavedModel } from './parity.ts';

export const SIZE = 8;
const input = inputOf(SIZE, SIZE);
// biome-ignore lint/suspicious/noExplicitAny: JSON of any form
type Json = any;

export const convert = ({ modelJson, shards }: SavedModel) =>
  convertLayersModel(readLayersModel(modelJson, shards), { input, precision: 'float32' });
export const listOf = (model: SavedModel): Json[] => model.modelJson.modelTopology.config.layers;
export const layerOf = (model: SavedModel, name: string): Json =>
  listOf(model).find((layer) => layer.config.name === name);
export const configOf = (model: SavedModel, name: string): Json => layerOf(model, name).config;
export const weightsOf = (model: SavedModel): Json[] => model.modelJson.weightsManifest[0].weights;
export const weightOf = (model: SavedModel, name: string): Json =>
  weightsOf(model).find((weight) => weight.name === name);

export const put = (target: Json, values: object): void => void Object.assign(target, values);

/** JSON as a file has it: `JSON.stringify` would have to follow it all the way down. */
export const nested = (depth: number): Json => JSON.parse('['.repeat(depth) + ']'.repeat(depth));

/** A layer in the graph, fed by another. */
export const layer = (class_name: string, name: string, from: string, config: object = {}): Json => ({
  class_name,
  name,
  config: { name, ...config },
  inbound_nodes: [[[from, 0, 0, {}]]],
});

/** Puts a layer between the picture and the convolution `one`. */
export function insert(model: SavedModel, ...chain: Json[]): void {
  listOf(model).push(...chain);
  layerOf(model, 'one').inbound_nodes = [[[chain.at(-1).name, 0, 0, {}]]];
}

/** Takes in milliseconds what is refused before anything large is made; a hang would take minutes. */
export function refusal(model: SavedModel): Error {
  try {
    convert(model);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidModelError);
    return error as Error;
  }
  throw new Error('It was converted.');
}
