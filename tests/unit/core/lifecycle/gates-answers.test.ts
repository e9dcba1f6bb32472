/** Gates that load a version's ONNX files and ask them the golden inputs. */
import onnxProto from 'onnx-proto';
import { aGoldenAsker, type GoldenAsker } from '../../../helpers/golden-asker.ts';

const { ModelProto } = onnxProto.onnx;

let asker: GoldenAsker;
beforeAll(async () => {
  asker = await aGoldenAsker();
});
afterEach(() => asker.free());

test('a file that training measured loads, answers, and is the trained model', async () => {
  for (const precision of ['float32', 'int8'] as const) {
    const { loads, parity, session } = await asker.ask(asker.files[precision], { precision });
    expect(loads).toMatchObject({
      name: `loads and answers, ${precision}`,
      passed: true,
      value: 3,
      threshold: 3,
    });
    expect(parity).toMatchObject({ passed: true, threshold: precision === 'float32' ? 1e-4 : 0.02 });
    expect(parity.reason).toContain('byte for byte the one that training measured');
    expect(session).toBeDefined();
  }
});

test('another file is proven by the golden inputs, and the reason says so', async () => {
  const { parity } = await asker.ask(asker.changed((model) => (model.producerName = 'another')));
  expect(parity.passed).toBe(true);
  expect(parity.reason).toContain(
    'not byte for byte the one that training measured, so the golden inputs decide',
  );
});

test('a fault of int8 is no reason to reject', async () => {
  const { loads, parity } = await asker.ask(Buffer.alloc(0), { precision: 'int8' });
  expect([loads.severity, parity.severity]).toEqual(['precision', 'precision']);
  expect([loads.passed, parity.passed]).toEqual([false, false]);
  expect((await asker.ask(Buffer.alloc(0))).loads.severity).toBe('reject');
});

test('a missing file or missing golden inputs are said, and nothing is loaded', async () => {
  expect((await asker.ask(undefined)).parity).toMatchObject({
    passed: false,
    reason: 'not judged: model.onnx is not as the manifest lists it',
  });
  const { loads } = await asker.ask(asker.files.float32, { golden: undefined });
  expect(loads).toMatchObject({
    passed: false,
    reason: 'not judged: golden.bin is not as the manifest lists it',
  });
  expect(asker.opened).toEqual([]);
});

// Field case 47.
describe('a file that the runtime can not load', () => {
  it.each([
    [
      'of IR version 99',
      () => asker.changed((model) => (model.irVersion = 99)),
      /[Uu]nsupported model IR version: 99/,
    ],
    ['of opset 99', () => asker.changed((model) => (model.opsetImport[0]!.version = 99)), /opset/i],
    ['that is empty', () => Buffer.alloc(0), /not an ONNX file: there is no graph/],
    [
      'that is cut off',
      () => asker.files.float32.subarray(0, asker.files.float32.length >> 1),
      /not an ONNX file, or not all of one/,
    ],
    ['that is something else', () => Buffer.from('<!doctype html><p>Not found'), /not an ONNX file/],
    [
      'with an unknown operator',
      () => asker.changed((model) => (model.graph!.node![0]!.opType = 'Sorcery')),
      /Sorcery/,
    ],
  ])('%s is refused with the reason', async (_, make, reason) => {
    const { loads, parity, session } = await asker.ask(make());
    expect(loads.passed).toBe(false);
    expect(loads.reason).toMatch(reason);
    expect(loads.reason).toContain('model.onnx: ');
    expect(parity).toMatchObject({ passed: false, reason: 'not judged: it gave no answers' });
    expect(session).toBeUndefined();
  });

  it('is none of ours: the converter stays below the IR version that the runtime knows', async () => {
    const newer = Number(ModelProto.decode(asker.files.float32).irVersion) + 1;
    expect((await asker.ask(asker.changed((model) => (model.irVersion = newer)))).parity.passed).toBe(true);
  });
});

test('sizes unlike the manifest are refused', async () => {
  const manifest = { ...asker.tiny.manifest, classMeans: { classes: 4, features: 9 } };
  const { loads } = await asker.ask(asker.files.float32, { manifest });
  expect(loads.reason).toContain('8 features; by the manifest it has 16x16 pixels, 4 logits, 9 features');
});

test('answers that are no numbers are refused', async () => {
  const notANumber = asker.changed((model) => {
    for (const { name, rawData } of model.graph!.initializer!) {
      if (/bias/.test(name ?? ''))
        Buffer.from(rawData!.buffer, rawData!.byteOffset, rawData!.byteLength).writeFloatLE(Number.NaN);
    }
  });
  const { loads, parity, session } = await asker.ask(notANumber);
  expect(loads).toMatchObject({ passed: false, value: 0, threshold: 3 });
  expect(parity).toMatchObject({ passed: false, value: null });
  expect(session).toBeUndefined();
});

test('a graph that fails while it runs is refused, not tried again for ever', async () => {
  const failing = async (bytes: Uint8Array) => ({
    ...(await asker.openSession(bytes)),
    run: async () => {
      throw new Error('Non-zero status code returned while running Reshape node');
    },
  });
  const { loads } = await asker.ask(asker.files.float32, { openSession: failing });
  expect(loads).toMatchObject({
    passed: false,
    reason: expect.stringContaining("can't run the model: Non-zero status"),
  });
});

test('a runtime that is missing is no fault of the model: it is thrown on', async () => {
  const missing = async () => {
    throw new Error('Cannot find module onnxruntime-node');
  };
  await expect(asker.ask(asker.files.float32, { openSession: missing })).rejects.toThrow(
    'Cannot find module',
  );
});
