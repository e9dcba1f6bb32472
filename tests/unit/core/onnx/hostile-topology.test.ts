/**
 * A topology that is wrong by accident or on purpose: refused by the name of what is wrong, at once.
 */
import { InvalidModelError } from '../../../../core/errors.ts';
import { MOST_LAYERS } from '../../../../core/onnx/limits.ts';
import { readLayersModel } from '../../../../core/onnx/read-layers-model.ts';
import { configOf, convert, insert, layer, layerOf, listOf, nested, put, refusal, SIZE } from './hostile.ts';
import { branchedModel, type SavedModel, saveModel } from './parity.ts';

let saved: SavedModel;
beforeEach(async () => {
  saved = await saveModel(branchedModel(SIZE));
});

test.each<[string, (model: SavedModel) => void, RegExp]>([
  [
    'circle of one',
    (m) => put(layerOf(m, 'one'), { inbound_nodes: [[['one', 0, 0, {}]]] }),
    /one <- one form a circle/,
  ],
  [
    'circle of two',
    (m) => put(layerOf(m, 'one'), { inbound_nodes: [[['sum', 0, 0, {}]]] }),
    /sum <- one <- sum form a circle/,
  ],
  [
    'layer without inbound layers',
    (m) => put(layerOf(m, 'one'), { inbound_nodes: [[]] }),
    /"one" is fed by no layer/,
  ],
  [
    'layer fed by one that is missing',
    (m) => put(layerOf(m, 'one'), { inbound_nodes: [[['gone', 0, 0, {}]]] }),
    /"one" is fed by "gone"/,
  ],
  [
    'output that is missing',
    (m) => put(m.modelJson.modelTopology.config, { output_layers: [['gone', 0, 0]] }),
    /ends in "gone"/,
  ],
  [
    'two layers of one name',
    (m) => void listOf(m).push(structuredClone(layerOf(m, 'one'))),
    /Two layers are called "one"/,
  ],
  [
    'two input layers',
    (m) => {
      const other = structuredClone(layerOf(m, 'picture'));
      other.name = 'other';
      other.config.name = 'other';
      listOf(m).push(other);
      layerOf(m, 'two').inbound_nodes = [[['other', 0, 0, {}]]];
    },
    /2 input layers \("picture", "other"\)/,
  ],
  [
    'chain of 10,000 layers',
    (m) => {
      const chain = Array.from({ length: 10_000 }, (_, at) =>
        layer('Dropout', `drop${at}`, at === 0 ? 'picture' : `drop${at - 1}`),
      );
      insert(m, ...chain);
    },
    new RegExp(`10006 layers; at most ${MOST_LAYERS}`),
  ],
  [
    'config that is a list',
    (m) => put(layerOf(m, 'sum'), { config: [] }),
    /(its config is \[\], no object|which the model lacks)/,
  ],
  ['layer that is null', (m) => void listOf(m).fill(null, 0, 1), /layer that is not an object: null/],
  ['topology that is a number', (m) => put(m.modelJson, { modelTopology: 7 }), /not an object: 7/],
  [
    'model_config that is no JSON',
    (m) => put(m.modelJson, { modelTopology: { model_config: '{"class_name":' } }),
    /model_config of modelTopology is not valid JSON/,
  ],
  [
    'config nested a million deep',
    (m) => put(configOf(m, 'one'), { strides: nested(1e6) }),
    /modelTopology is nested more than 200/,
  ],
  [
    'inbound nodes nested a million deep',
    (m) => put(layerOf(m, 'one'), { inbound_nodes: nested(1e6) }),
    /modelTopology is nested more than 200/,
  ],
  [
    'model_config, as a text, nested a million deep',
    (m) => put(m.modelJson, { modelTopology: { model_config: `${'['.repeat(1e6)}${']'.repeat(1e6)}` } }),
    /model_config is nested more than 200/,
  ],
  [
    'weights manifest nested a million deep',
    (m) => put(m.modelJson, { weightsManifest: nested(1e6) }),
    /weightsManifest is nested more than 200/,
  ],
  [
    'models within models, 100 deep',
    (m) => {
      let model = m.modelJson.modelTopology;
      for (let depth = 0; depth < 100; depth++)
        model = { class_name: 'Sequential', config: { name: `s${depth}`, layers: [model] } };
      m.modelJson.modelTopology = model;
    },
    /nested more than 200/,
  ],
])('a %s is refused', (_, change, message) => {
  change(saved);
  expect(refusal(saved).message).toMatch(message);
});

test('a chain of as many layers as may be is converted, identities left out', () => {
  const length = MOST_LAYERS - 10;
  insert(
    saved,
    ...Array.from({ length }, (_, at) =>
      layer('Dropout', `drop${at}`, at === 0 ? 'picture' : `drop${at - 1}`),
    ),
  );
  expect(convert(saved).length).toBeGreaterThan(0);
});

test.each([null, 7, 'text', [], {}])('a model.json that is %j is refused', (modelJson) => {
  expect(() => readLayersModel(modelJson, new Map())).toThrow(InvalidModelError);
});
