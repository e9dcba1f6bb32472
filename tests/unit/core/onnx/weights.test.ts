/**
 * Reading the shards: types of weights, their names, and what is refused.
 */
import * as tf from '@tensorflow/tfjs';
import { InvalidModelError } from '../../../../core/errors.ts';
import { convertLayersModel } from '../../../../core/onnx/convert.ts';
import { readLayersModel } from '../../../../core/onnx/read-layers-model.ts';
import {
  branchedModel,
  inputOf,
  largestDifference,
  randomPixels,
  runOnnx,
  type SavedModel,
  saveModel,
} from './parity.ts';

const SIZE = 8;
const input = inputOf(SIZE, SIZE);

let saved: SavedModel;
beforeEach(async () => {
  saved = await saveModel(branchedModel(SIZE));
});

const convert = ({ modelJson, shards }: SavedModel) =>
  convertLayersModel(readLayersModel(modelJson, shards), { input, precision: 'float32' });
const same = (one: Uint8Array, other: Uint8Array) => Buffer.compare(one, other) === 0;

describe('the weights', () => {
  const stored = () => saved.shards.get('weights.bin')!;
  const group = () => saved.modelJson.weightsManifest[0];

  test('may be cut into shards anywhere', () => {
    const expected = convert(saved);
    const [a, b, c] = [stored().slice(0, 101), stored().slice(101, 202), stored().slice(202)];
    group().paths = ['a.bin', 'b.bin', 'c.bin'];
    saved.shards = new Map([
      ['c.bin', c],
      ['a.bin', a],
      ['b.bin', b],
    ]);
    expect(same(convert(saved), expected)).toBe(true);
  });

  test('may be float16, as the converter of TensorFlow.js writes them', async () => {
    const values = new Float32Array(stored().slice().buffer);
    const halves = Uint16Array.from(values, toFloat16);
    const full = {
      ...saved,
      shards: new Map([['weights.bin', asBytes(Float32Array.from(halves, fromHalf))]]),
    };
    const expected = convert(full);
    saved.shards.set('weights.bin', asBytes(halves));
    for (const spec of group().weights) spec.quantization = { dtype: 'float16', original_dtype: 'float32' };
    const reference = tf.io.decodeWeights(asBytes(halves).slice().buffer, group().weights);
    for (const [name, tensor] of readLayersModel(saved.modelJson, saved.shards).weights) {
      expect(largestDifference(tensor.values, reference[name]!.dataSync() as Float32Array)).toBe(0);
    }
    expect(same(convert(saved), expected)).toBe(true);
    const { logits } = await runOnnx(convert(saved), randomPixels(1, SIZE, SIZE), SIZE, SIZE);
    expect(logits!.every(Number.isFinite)).toBe(true);
  });

  test.each([
    ['uint8', Uint8Array, 255],
    ['uint16', Uint16Array, 65535],
  ] as const)('may be %s with min and scale', (dtype, Integers, steps) => {
    const values = new Float32Array(stored().slice().buffer);
    const scale = 1.2 / steps;
    const integers = new Integers(values.map((value) => Math.round((value + 0.6) / scale)));
    saved.shards.set('weights.bin', asBytes(integers));
    for (const spec of group().weights)
      spec.quantization = { dtype, min: -0.6, scale, original_dtype: 'float32' };
    const { weights } = readLayersModel(saved.modelJson, saved.shards);
    expect(Math.abs(weights.get('one/kernel')!.values[5]! - values[5]!)).toBeLessThan(scale);
    const reference = tf.io.decodeWeights(asBytes(integers).slice().buffer, group().weights);
    expect(weights.size).toBe(6);
    for (const [name, tensor] of weights) {
      expect(largestDifference(tensor.values, reference[name]!.dataSync() as Float32Array)).toBe(0);
    }
  });

  test.each<[string, () => void, RegExp]>([
    ['is missing', () => void saved.shards.clear(), /weights\.bin is missing: expected 956 bytes.*found 0/],
    ['is short', () => cut(-4), /weights\.bin has the wrong length: expected 956 bytes, found 952/],
    ['is too long', () => pad(8), /expected 956 bytes, found 964/],
    [
      'is an error page',
      () => void saved.shards.set('weights.bin', new TextEncoder().encode('<html>')),
      /expected 956 bytes, found 6.*error page/,
    ],
    [
      'is the second of three and short',
      () => {
        group().paths = ['a', 'b', 'c'];
        saved.shards = new Map(
          ['a', 'b', 'c'].map((name) => [name, new Uint8Array({ a: 400, b: 300, c: 156 }[name]!)]),
        );
      },
      /weights file b has the wrong length: expected 400 bytes, found 300 \(956 and 856 in all 3 files\)/,
    ],
  ])('are refused when a shard %s (case 43)', (_, change, message) => {
    change();
    expect(() => convert(saved)).toThrow(InvalidModelError);
    expect(() => convert(saved)).toThrow(message);
  });

  test('that are not finite are refused by name', () => {
    new DataView(stored().buffer).setFloat32(0, Number.NaN, true);
    expect(() => convert(saved)).toThrow(/one\/kernel holds NaN/);
  });

  test('of a type that is not read are refused by name', () => {
    group().weights[0].dtype = 'complex64';
    expect(() => convert(saved)).toThrow(/one\/kernel is of the type complex64/);
  });

  test.each<[string, (name: string) => string]>([
    ['a prefix', (name) => `sequential/${name}`],
    ['a number behind the layer', (name) => name.replace('/', '_1/')],
    ["TensorFlow's :0", (name) => `${name}:0`],
    ["TensorFlow.js' own number", (name) => name.replace('/', '_Conv2D7/')],
  ])('with %s in their names are found (case 39)', (_, rename) => {
    const expected = convert(saved);
    for (const spec of group().weights) spec.name = rename(spec.name);
    expect(same(convert(saved), expected)).toBe(true);
  });

  test('whose names say nothing are refused with both lists (case 39)', () => {
    group().weights[0].name = 'ReadVariableOp_3528';
    expect(() => convert(saved)).toThrow(
      /Without a weight: one\/kernel\. Without a layer: ReadVariableOp_3528/,
    );
  });

  test('that could belong to either of two layers are refused (case 39)', () => {
    // conv and conv_1 in the topology, conv_1 and conv_2 in the file: by exact names conv_1 would get the first's.
    const text = JSON.stringify(saved.modelJson.modelTopology);
    saved.modelJson.modelTopology = JSON.parse(
      text.replaceAll('"one"', '"conv"').replaceAll('"two"', '"conv_1"'),
    );
    for (const spec of group().weights)
      spec.name = spec.name.replace('one/', 'conv_1/').replace('two/', 'conv_2/');
    expect(() => convert(saved)).toThrow(/Without a weight: conv\/kernel/);
  });

  const cut = (end: number) => void saved.shards.set('weights.bin', stored().slice(0, end));
  const pad = (bytes: number) =>
    void saved.shards.set('weights.bin', Buffer.concat([stored(), new Uint8Array(bytes)]));
});

const asBytes = (data: Uint8Array | Uint16Array | Float32Array) =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Normal numbers of float16 only, which is all that seeded weights are; rounded to nearest. */
function toFloat16(value: number): number {
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.abs(value) || 2 ** -14)));
  const step = 2 ** (exponent - 10);
  const fraction = Math.round(Math.abs(value) / step);
  const bits = fraction < 1024 ? fraction : ((exponent + 15) << 10) + (fraction - 1024);
  return (value < 0 ? 0x8000 : 0) | bits;
}

function fromHalf(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const magnitude = exponent === 0 ? (bits & 1023) * 2 ** -24 : (1024 + (bits & 1023)) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}
