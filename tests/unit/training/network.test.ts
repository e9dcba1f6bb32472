import { fromFloat16 } from '../../../core/onnx/dtypes.ts';
import { readLayersModel } from '../../../core/onnx/read-layers-model.ts';
import { networkOfSteps } from '../../../training/base/layers-json.ts';
import { readNpy } from '../../../training/base/npy.ts';
import { float16Bits, roundToFloat16 } from '../../../training/network/float16.ts';
import { decodeNetwork, encodeNetwork } from '../../../training/network/model-files.ts';
import { addHead, resizeInput, roundWeights } from '../../../training/network/network.ts';
import { tinyNetwork } from '../../helpers/tiny-base.ts';

function npy(type: string, shape: number[], data: Buffer): Buffer {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${tuple}), }`.padEnd(117, ' ');
  const start = Buffer.from('\x93NUMPY\x01\x00', 'latin1');
  return Buffer.concat([start, Buffer.from([118, 0]), Buffer.from(`${header}\n`), data]);
}

const float32 = (values: number[]) => Buffer.from(Float32Array.from(values).buffer);

describe('float16', () => {
  it.each([
    [0, 0],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65520, 0x7c00],
    [Number.POSITIVE_INFINITY, 0x7c00],
    [2 ** -24, 1],
    [2 ** -25, 0],
    [2 ** -14, 0x0400],
    // Halfway between two: to the even one.
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    // The mantissa rounds over into the exponent.
    [1.9999, 0x4000],
  ])('%d has the bits %d', (value, bits) => {
    expect(float16Bits(value)).toBe(bits);
  });

  it('gives every finite number back', () => {
    for (let bits = 0; bits < 0x7c00; bits++) {
      if (float16Bits(fromFloat16(bits)) !== bits) throw new Error(`${bits}`);
    }
  });

  it('rounds to within half a step', () => {
    const values = Float32Array.from({ length: 2000 }, (_, i) => Math.sin(i) * 3);
    const rounded = roundToFloat16(values);
    values.forEach((value, i) => {
      expect(Math.abs(value - rounded[i]!)).toBeLessThanOrEqual(Math.abs(value) * 2 ** -11 + 2 ** -25);
    });
    expect(roundToFloat16(rounded)).toEqual(rounded);
  });
});

describe('readNpy', () => {
  it('reads float32 and float16', () => {
    expect(readNpy(npy('<f4', [2, 2], float32([1, 2, 3, 4])), 'a')).toEqual({
      shape: [2, 2],
      values: Float32Array.from([1, 2, 3, 4]),
    });
    const halves = Buffer.from(Uint16Array.from([0x3c00, 0xc000]).buffer);
    expect(readNpy(npy('<f2', [2], halves), 'a').values).toEqual(Float32Array.from([1, -2]));
  });

  it('refuses what it would read wrongly', () => {
    expect(() => readNpy(npy('<f8', [1], Buffer.alloc(8)), 'a.npy')).toThrow('a.npy holds <f8');
    expect(() => readNpy(npy('<f4', [3], float32([1, 2])), 'a.npy')).toThrow(
      '8 bytes of numbers, expected 12',
    );
    expect(() => readNpy(Buffer.from('<html>...........'), 'a.npy')).toThrow('not a .npy file');
  });
});

describe('networks', () => {
  it.each(['float16', 'float32'] as const)('come back from their files in %s', (type) => {
    const network = roundWeights(tinyNetwork(), type);
    const { modelJson, weightsBin } = encodeNetwork(network, type);
    expect(weightsBin.length).toBe(
      network.weights.reduce((sum, { values }) => sum + values.length, 0) * (type === 'float16' ? 2 : 4),
    );
    expect(decodeNetwork(JSON.parse(modelJson), new Map([['weights.bin', weightsBin]]))).toEqual(network);
  });

  it('refuses files that are cut', () => {
    const { modelJson, weightsBin } = encodeNetwork(tinyNetwork(), 'float16');
    const cut = new Map([['weights.bin', weightsBin.subarray(0, 50)]]);
    expect(() => decodeNetwork(JSON.parse(modelJson), cut)).toThrow('weights.bin');
    expect(() => decodeNetwork(JSON.parse(modelJson), new Map())).toThrow('weights.bin is missing');
  });

  it('get a head, and another size of input', () => {
    const head = { kernel: new Float32Array(24 * 3), bias: new Float32Array(3), features: 24 };
    const network = addHead(resizeInput(tinyNetwork(), { width: 40, height: 24 }), head);
    const { modelJson, weightsBin } = encodeNetwork(network, 'float32');
    const model = readLayersModel(JSON.parse(modelJson), new Map([['weights.bin', weightsBin]]));
    expect(model.outputs).toBe('breeds');
    expect(network.topology.config.layers[0]!.config.batch_input_shape).toEqual([null, 24, 40, 3]);
    expect(model.weights.get('breeds/kernel')!.shape).toEqual([24, 3]);
  });

  it('say which weight float16 cannot hold', () => {
    const network = tinyNetwork();
    network.weights[0]!.values[0] = 1e6;
    expect(() => roundWeights(network, 'float16')).toThrow(
      "conv/kernel has a weight that float16 can't hold",
    );
  });

  it('are made of layers.json, with kernels turned to the order of TensorFlow.js', async () => {
    const files = new Map([
      // [out 2, height 1, width 1, in 3] and [1, 1, 1, channels 2].
      ['w.npy', npy('<f4', [2, 1, 1, 3], float32([1, 2, 3, 4, 5, 6]))],
      ['d.npy', npy('<f4', [1, 1, 1, 2], float32([7, 8]))],
      ['b.npy', npy('<f4', [2], float32([0, 0]))],
    ]);
    const steps = [
      { op: 'conv1x1', stride: 1, relu6: true, w: 'w.npy', b: 'b.npy' },
      { op: 'depthwise1x1', stride: 1, relu6: false, w: 'd.npy', b: 'b.npy', block_input: true },
      { op: 'conv1x1', stride: 1, relu6: false, w: 'w2.npy', b: 'b.npy', add_block_input: true },
      { op: 'global_average_pool' },
    ];
    files.set('w2.npy', npy('<f4', [2, 1, 1, 2], float32([1, 0, 0, 1])));
    const size = { width: 8, height: 8 };
    const { topology, weights } = await networkOfSteps(steps, {
      name: 'a',
      size,
      weightFile: async (file) => files.get(file)!,
    });
    expect([...weights[0]!.values]).toEqual([1, 4, 2, 5, 3, 6]);
    expect(weights[2]!.shape).toEqual([1, 1, 2, 1]);
    const names = topology.config.layers.map(({ name }) => name);
    expect(names).toEqual(['pixels', 'conv_000', 'depthwise_001', 'conv_002', 'add_002', 'features']);
    expect(topology.config.layers[4]!.inbound_nodes).toEqual([
      [
        ['conv_000', 0, 0, {}],
        ['conv_002', 0, 0, {}],
      ],
    ]);
    const unknown = [{ op: 'swish' }];
    await expect(
      networkOfSteps(unknown, { name: 'a', size, weightFile: async () => Buffer.alloc(0) }),
    ).rejects.toThrow('swish');
  });
});
