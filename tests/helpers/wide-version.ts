/**
 * @module tests/helpers/wide-version
 * A servable version that takes tens of megabytes when it is loaded, and the storage that it lies in: enough
 * of Storage to load it from memory, with a pointer to move.
 */
import { encodeClassMeans, encodeGolden, type Golden } from '../../core/golden.ts';
import { contentHash, sha256 } from '../../core/hash.ts';
import { answerGolden } from '../../core/inference/parity.ts';
import { loadSession } from '../../core/inference/session.ts';
import { FILE, formatManifest, type Manifest, type ManifestFile } from '../../core/manifest.ts';
import { convertLayersModel } from '../../core/onnx/convert.ts';
import { readLayersModel } from '../../core/onnx/read-layers-model.ts';
import { encodeDocument } from '../../core/registry/schema.ts';
import type { Storage, StoredBlob } from '../../core/storage/storage.ts';
import { makeVersion } from '../../core/version.ts';
import { encodeNetwork } from '../../training/network/model-files.ts';
import { addHead, inputLayer, layerJson, type Network, topologyOf } from '../../training/network/network.ts';
import { aTrainedManifest } from './manifests.ts';

const SIDE = 16;
const CHANNELS = 256;
/** The second convolution has 2.4 million weights, 9.4 MB; the class means stay small, V8 sees none of it. */
const FEATURES = 1024;
const BREEDS = 4;

export interface WideVersion {
  manifest: Manifest;
  files: Map<string, Buffer>;
}

/** A version that serves float32; `seed` decides its weights. */
export async function aWideVersion(seed: number): Promise<WideVersion> {
  const random = linearCongruential(seed);
  const { modelJson, weightsBin } = encodeNetwork(aWideNetwork(random), 'float32');
  const model = readLayersModel(JSON.parse(modelJson), new Map([[FILE.weights, Buffer.from(weightsBin)]]));
  const labels = Array.from({ length: BREEDS }, (_, i) => ({
    name: `Breed ${i}`,
    species: 'other' as const,
  }));
  const draft = aTrainedManifest({ labels });
  const onnx = Buffer.from(convertLayersModel(model, { input: draft.input, precision: 'float32' }));

  const pixels = Uint8Array.from({ length: SIDE * SIDE * 3 }, () => 256 * random());
  const session = await loadSession(onnx);
  const answers = Float32Array.from(await answerGolden(session, { n: 1, pixels } as Golden));
  await session.dispose();
  const means = new Float32Array(BREEDS * FEATURES).fill(1 / Math.sqrt(FEATURES));
  const files = new Map<string, Buffer>([
    [FILE.float32, onnx],
    [FILE.int8, Buffer.from('not served')],
    [FILE.evaluation, Buffer.from('[]')],
    [
      FILE.golden,
      Buffer.from(encodeGolden({ n: 1, pixels, probabilities: { float32: answers, int8: answers } })),
    ],
    [FILE.classMeans, Buffer.from(encodeClassMeans({ float32: means, int8: means }))],
  ]);
  const listed = [...files].map(([path, bytes]) => ({ path, bytes: bytes.length, sha256: sha256(bytes) }));
  const nothing = { identical: true, largestDifference: 0 };
  const manifest: Manifest = {
    ...draft,
    stage: 'servable',
    version: makeVersion(new Date(draft.createdAt), contentHash(listed)),
    golden: { n: 1, height: SIDE, width: SIDE, classes: BREEDS },
    classMeans: { classes: BREEDS, features: FEATURES },
    files: listed,
    conversion: { trainedManifest: sha256('trained'), float32: nothing, int8: nothing },
  };
  files.set(FILE.manifest, Buffer.from(formatManifest(manifest)));
  return { manifest, files };
}

/** Numbers from 0 to below 1: poor ones, but a million in no time (Numerical Recipes' constants). */
function linearCongruential(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

function aWideNetwork(random: () => number): Network {
  const weight = (name: string, shape: number[]) => {
    const length = shape.reduce((a, b) => a * b, 1);
    return { name, shape, values: Float32Array.from({ length }, () => (random() - 0.5) / 20) };
  };
  const convolution = (name: string, filters: number, input: string) =>
    layerJson(
      'Conv2D',
      {
        name,
        filters,
        kernel_size: [3, 3],
        strides: [2, 2],
        padding: 'same',
        activation: 'relu',
        use_bias: false,
      },
      [input],
    );
  const topology = topologyOf('wide', [
    inputLayer({ width: SIDE, height: SIDE }),
    convolution('first', CHANNELS, 'pixels'),
    convolution('second', FEATURES, 'first'),
    layerJson('GlobalAveragePooling2D', { name: 'features' }, ['second']),
  ]);
  const weights = [
    weight('first/kernel', [3, 3, 3, CHANNELS]),
    weight('second/kernel', [3, 3, CHANNELS, FEATURES]),
  ];
  const kernel = weight('head', [FEATURES, BREEDS]).values;
  return addHead({ topology, weights }, { kernel, bias: new Float32Array(BREEDS), features: FEATURES });
}

/** Storage that holds `versions`; `point` moves production to one of them. */
export function memoryStorage(versions: readonly WideVersion[]) {
  const models = new Map<string, Buffer>(
    versions.flatMap(({ manifest, files }) =>
      [...files].map(([path, bytes]) => [`${manifest.version}/${path}`, bytes] as const),
    ),
  );
  let pointer: StoredBlob | undefined;
  let moves = 0;
  const storage = {
    find: async (_container: string, _path: string, { unlessEtag }: { unlessEtag?: string } = {}) =>
      pointer !== undefined && pointer.etag === unlessEtag ? 'unchanged' : pointer,
    properties: async () => ({ bytes: 1, etag: '1', lastModified: new Date(0) }),
    read: async (_container: string, path: string) => ({ bytes: models.get(path)!, etag: '1' }),
    readModelFile: async (_container: string, version: string, { path }: ManifestFile) =>
      models.get(`${version}/${path}`)!,
  };
  return {
    storage: storage as unknown as Storage,
    point({ manifest: { version } }: WideVersion): void {
      const rest = { canary: null, shadow: null, previous: null, history: [] };
      const bytes = encodeDocument({ schemaVersion: 1, version, precision: 'float32', ...rest });
      pointer = { bytes, etag: `${++moves}` };
    },
  };
}
