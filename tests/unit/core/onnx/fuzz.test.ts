/**
 * Hundreds of changes to a valid model.json, the same in each run: each is converted, and then loads in ONNX Runtime, or is
 * refused with an InvalidModelError. Nothing else is ever thrown.
 */
import { InferenceSession } from 'onnxruntime-node';
import { InvalidModelError } from '../../../../core/errors.ts';
import { convertLayersModel } from '../../../../core/onnx/convert.ts';
import { readLayersModel } from '../../../../core/onnx/read-layers-model.ts';
import { everyLayerModel } from './every-layer.ts';
import { asKeras3 } from './keras-forms.ts';
import { calibrate, inputOf, randomNumbers, randomPixels, type SavedModel, saveModel } from './parity.ts';

const SIZE = 8;
const MUTATIONS = 200;
const input = inputOf(SIZE, SIZE);
// biome-ignore lint/suspicious/noExplicitAny: JSON of any form
type Json = any;

/** Every place of the JSON. */
function placesOf(json: Json): { owner: Json; key: string }[] {
  if (json === null || typeof json !== 'object') return [];
  return Object.keys(json).flatMap((key) => [{ owner: json, key }, ...placesOf(json[key])]);
}

const ODD: Json[] = [
  null,
  true,
  '',
  'x',
  '__proto__',
  'constructor',
  'channels_first',
  'same',
  'softmax',
  'gelu',
  -1,
  0,
  1,
  2,
  0.5,
  1e9,
  -1e9,
  2 ** 53,
  1e308,
  Infinity,
  [],
  [1],
  [0, 0],
  [-1, -1, -1],
  [
    [1, 2],
    [3, 4],
  ],
  [null],
  {},
  { class_name: 'function', config: 'tanh' },
  { class_name: 'Dense', config: {} },
];

/** One change at a random place: gone, odd, taken from elsewhere, doubled, or renamed. */
function mutate(json: Json, random: () => number): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const places = placesOf(json);
  const { owner, key } = pick(places);
  const kind = pick(['gone', 'odd', 'odd', 'other', 'doubled', 'renamed']);
  if (kind === 'gone') {
    if (Array.isArray(owner)) owner.splice(Number(key), 1);
    else delete owner[key];
  } else if (kind === 'odd') owner[key] = structuredClone(pick(ODD));
  else if (kind === 'other') {
    const other = pick(places);
    owner[key] = structuredClone(other.owner[other.key]);
  } else if (kind === 'doubled' && Array.isArray(owner)) owner.push(structuredClone(owner[Number(key)]));
  else if (typeof owner[key] === 'string') owner[key] = `${owner[key]}${pick(['_1', '/', ':0', 'x'])}`;
  return `${kind} at ${key}`;
}

/** Sometimes bytes, too: a float that is no number, a file that is cut. */
function mutateShards(shards: Map<string, Uint8Array>, random: () => number): void {
  const bytes = shards.get('weights.bin')!.slice();
  if (random() < 0.5) shards.set('weights.bin', bytes.subarray(0, Math.floor(random() * bytes.length)));
  else {
    bytes[Math.floor(random() * bytes.length)] = 0xff;
    shards.set('weights.bin', bytes);
  }
}

const isLoadable = async (onnx: Uint8Array) => {
  const session = await InferenceSession.create(onnx, { intraOpNumThreads: 1, logSeverityLevel: 4 });
  await session.release();
};

test.each<[string, (saved: SavedModel) => SavedModel]>([
  ['TensorFlow.js', (saved) => saved],
  ['Keras 3', asKeras3],
])(`${MUTATIONS} changes to a file of %s are converted or refused`, async (_, form) => {
  const source = form(await saveModel(everyLayerModel(SIZE)));
  const whole = readLayersModel(source.modelJson, source.shards);
  const calibration = await calibrate(whole, input, randomPixels(1, SIZE, SIZE));
  const random = randomNumbers(20261125);
  const outcomes = { converted: 0, refused: 0 };
  for (let round = 0; round < MUTATIONS; round++) {
    const modelJson = structuredClone(source.modelJson);
    const shards = new Map(source.shards);
    const done = [mutate(modelJson, random), ...(random() < 0.2 ? [mutate(modelJson, random)] : [])];
    if (random() < 0.1) mutateShards(shards, random);
    try {
      const model = readLayersModel(modelJson, shards);
      const precision = random() < 0.5 ? 'float32' : 'int8';
      const onnx = convertLayersModel(model, { input, precision, calibration });
      await isLoadable(onnx);
      outcomes.converted++;
    } catch (error) {
      if (!(error instanceof InvalidModelError)) {
        throw new Error(`round ${round}: ${done.join(', ')}`, { cause: error });
      }
      expect(error.message.length).toBeGreaterThan(20);
      outcomes.refused++;
    }
  }
  // Both happen often, or the changes would show nothing.
  expect(outcomes.converted).toBeGreaterThan(MUTATIONS / 10);
  expect(outcomes.refused).toBeGreaterThan(MUTATIONS / 10);
});
