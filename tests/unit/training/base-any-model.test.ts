import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidModelError } from '../../../core/errors.ts';
import { featuresOf } from '../../../training/base/any-model.ts';
import { readBase } from '../../../training/base/base.ts';
import { fetchBase } from '../../../training/base/fetch-base.ts';
import { type Engine, loadEngine } from '../../../training/engine.ts';
import { asLayersModel, convertBase } from '../../../training/features/base-models.ts';
import { inputLayer, layerJson, type Network, topologyOf } from '../../../training/network/network.ts';
import { ROOT } from '../../helpers/processes.ts';
import { tinyNetwork } from '../../helpers/tiny-base.ts';

let engine: Engine;
let cache: string;
let server: Server;
let origin: string;
/** What the server has, by path; the paths that were asked for. */
const files = new Map<string, Uint8Array | string>();
const asked: string[] = [];

beforeAll(async () => {
  engine = await loadEngine('cpu', { root: ROOT });
  server = createServer((request, response) => {
    asked.push(request.url!);
    const content = files.get(request.url!.split('?')[0]!);
    response.writeHead(content === undefined ? 404 : 200).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'pawprint-any-model-'));
  files.clear();
  asked.length = 0;
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

const fetchIt = (path: string, more = {}) =>
  fetchBase(origin + path, { cache, allowLoopbackHttp: true, ...more });

/** Puts a Sequential classifier on the server, as TensorFlow.js saves it in two shards. */
async function serveSequential(folder: string): Promise<void> {
  const { tf } = engine;
  const stem = { inputShape: [16, 16, 3], filters: 4, kernelSize: 3, name: 'stem' };
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ ...stem, activation: 'relu' }),
      tf.layers.globalAveragePooling2d({ name: 'pool' }),
      tf.layers.dropout({ rate: 0.5, name: 'drop' }),
      tf.layers.dense({ units: 7, activation: 'softmax', name: 'classes' }),
    ],
  });
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      const bytes = Buffer.from(weightData as ArrayBuffer);
      const paths = ['group1-shard1of2.bin', 'group1-shard2of2.bin'];
      files.set(`${folder}/${paths[0]}`, bytes.subarray(0, 100));
      files.set(`${folder}/${paths[1]}`, bytes.subarray(100));
      const manifest = [{ paths, weights: weightSpecs }];
      const json = { format: 'layers-model', modelTopology, weightsManifest: manifest };
      files.set(`${folder}/model.json`, JSON.stringify(json));
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
  model.dispose();
}

describe('a base by address', () => {
  it('is a Sequential classifier up to its features, fetched once', async () => {
    await serveSequential('/models/my_net');
    const folder = await fetchIt('/models/my_net/model.json?key=1');
    expect(readdirSync(folder).sort()).toEqual([
      'group1-shard1of2.bin',
      'group1-shard2of2.bin',
      'model.json',
    ]);
    // The query may be what opens the door.
    expect(asked.every((url) => url.endsWith('?key=1'))).toBe(true);
    const base = await readBase(folder);
    expect(base).toMatchObject({
      name: 'my_net',
      isGuess: true,
      input: {
        width: 16,
        height: 16,
        scaling: { mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] },
      },
    });
    expect(base.network.topology.config.layers.map(({ class_name }) => class_name)).toEqual([
      'InputLayer',
      'Conv2D',
      'GlobalAveragePooling2D',
    ]);
    expect(base.network.weights.map(({ name }) => name)).toEqual(['stem/kernel', 'stem/bias']);
    convertBase(asLayersModel(base.network, 'float32'), base);
    asked.length = 0;
    expect(await fetchIt('/models/my_net/model.json?key=1')).toBe(folder);
    expect(asked).toEqual([]);
  });

  it('takes another scaling, and base.json where there is one', async () => {
    await serveSequential('/a');
    const given = await readBase(await fetchIt('/a/model.json'), { scaling: '0,255' });
    expect(given.input.scaling).toEqual({ mean: [0, 0, 0], std: [255, 255, 255] });
    expect(given.isGuess).toBeUndefined();
    await serveSequential('/b');
    const input = { width: 16, height: 16 };
    const facts = { name: 'known', input, scaling: { mean: [1, 2, 3], std: [4, 5, 6] }, l2: 0.5 };
    files.set('/b/base.json', JSON.stringify(facts));
    const known = await readBase(await fetchIt('/b/model.json'));
    expect(known).toMatchObject({ name: 'known', l2: 0.5, input: { scaling: { mean: [1, 2, 3] } } });
    await expect(readBase(await fetchIt('/a/model.json'), { scaling: '1' })).rejects.toThrow(
      '--base-scaling',
    );
  });

  it.each([
    ['no JSON', '<html>', 'is no JSON'],
    ['a graph model', '{"format": "graph-model"}', 'is a graph model'],
    ['something else', '{"a": 1}', 'has no modelTopology'],
    [
      'a way out of the folder',
      '{"modelTopology": {}, "weightsManifest": [{"paths": ["../../x.bin"], "weights": []}]}',
      '"../../x.bin", which is no plain relative path',
    ],
  ])('that is %s is refused, and nothing of it is used', async (_, json, message) => {
    files.set('/x/model.json', json);
    await expect(fetchIt('/x/model.json')).rejects.toThrow(InvalidModelError);
    await expect(fetchIt('/x/model.json')).rejects.toThrow(message);
  });

  it('that is too large, or not whole, is refused', async () => {
    await serveSequential('/large');
    await expect(fetchIt('/large/model.json', { mostBytes: 1000 })).rejects.toThrow('has more than');
    files.delete('/large/group1-shard2of2.bin');
    await expect(fetchIt('/large/model.json')).rejects.toThrow('answers 404');
    await expect(fetchBase('http://example.invalid/m/model.json', { cache })).rejects.toThrow('https');
  });
});

describe('the features of a network', () => {
  const names = ({ topology }: Network) => topology.config.layers.map(({ name }) => name);

  it('are those of a base that has no classifier, as it is', () => {
    expect(featuresOf(tinyNetwork())).toEqual(tinyNetwork());
  });

  it('come before a classifier of convolutions, as MobileNet has it', () => {
    const layers = [
      inputLayer({ width: 8, height: 8 }),
      layerJson('Conv2D', { name: 'conv' }, ['pixels']),
      layerJson('GlobalAveragePooling2D', { name: 'pool' }, ['conv']),
      layerJson('Reshape', { name: 'reshape' }, ['pool']),
      layerJson('Conv2D', { name: 'predictions' }, ['reshape']),
      layerJson('Reshape', { name: 'classes' }, ['predictions']),
      layerJson('Activation', { name: 'softmax', activation: 'softmax' }, ['classes']),
    ];
    const network = { topology: topologyOf('net', layers), weights: [] };
    expect(names(featuresOf(network))).toEqual(['pixels', 'conv', 'pool']);
  });

  it('are an average where the network ends in a picture', () => {
    const layers = [
      inputLayer({ width: 8, height: 8 }),
      layerJson('Conv2D', { name: 'conv' }, ['pixels']),
      layerJson('ReLU', { name: 'relu' }, ['conv']),
    ];
    const network = featuresOf({ topology: topologyOf('net', layers), weights: [] });
    expect(network.topology.config.layers.at(-1)!.class_name).toBe('GlobalAveragePooling2D');
  });
});
