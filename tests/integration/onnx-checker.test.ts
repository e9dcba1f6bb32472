/**
 * The files that conversion writes, by ONNX's own checker and reference evaluator (PyPI's `onnx`). Skipped by name where Python
 * or the registry isn't there.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import onnxProto from 'onnx-proto';
import { convertFiles } from '../../core/lifecycle/convert-version.ts';
import { FILE, type Manifest, PRECISIONS, parseManifest } from '../../core/manifest.ts';
import { convertLayersModel } from '../../core/onnx/convert.ts';
import { readLayersModel } from '../../core/onnx/read-layers-model.ts';
import { ROOT } from '../helpers/processes.ts';
import { findPythonOnnx } from '../helpers/python-onnx.ts';
import { aTinyVersion, goldenOf } from '../helpers/tiny-version.ts';
import { everyLayerModel } from '../unit/core/onnx/every-layer.ts';
import {
  calibrate,
  inputOf,
  largestDifference,
  randomPixels,
  runOnnx,
  saveModel,
} from '../unit/core/onnx/parity.ts';

interface Report {
  path: string;
  ir: number;
  opsets: Record<string, number>;
  operators: string[];
  shapes: Record<string, (string | number)[]>;
  outputs?: Record<string, number[]>;
}

const found = findPythonOnnx();
const onnxTest = 'missing' in found ? test.skip : test;
const unless = 'missing' in found ? ` (skipped: ${found.missing})` : '';

jest.setTimeout(180_000);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-checker-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the checker on files; throws with what it says against one. */
function check(files: readonly { name: string; onnx: Uint8Array; pixels?: Uint8Array }[]): Report[] {
  if ('missing' in found) throw new Error(found.missing);
  const args = files.map(({ name, onnx, pixels }) => {
    const path = join(folder, name);
    writeFileSync(path, onnx);
    if (!pixels) return path;
    writeFileSync(`${path}.pixels`, pixels);
    return `${path}=${path}.pixels`;
  });
  const script = join(ROOT, 'tests', 'helpers', 'check-onnx.py');
  const result = spawnSync(found.python, [script, ...args], {
    encoding: 'utf8',
    env: found.env,
    maxBuffer: 2 ** 26,
  });
  if (result.status !== 0) throw new Error(result.stderr);
  return result.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

onnxTest(`both files of the starter's model pass, of IR 8 and opset 17 (case 47)${unless}`, () => {
  const directory = join(ROOT, 'starter', 'model');
  const manifest: Manifest = parseManifest(readFileSync(join(directory, FILE.manifest)));
  const files = new Map(manifest.files.map(({ path }) => [path, readFileSync(join(directory, path))]));
  const converted = convertFiles(manifest, files);
  const reports = check(
    PRECISIONS.map((precision) => ({ name: `starter.${precision}.onnx`, onnx: converted[precision] })),
  );
  expect(reports).toHaveLength(2);
  for (const { ir, opsets, shapes } of reports) {
    expect({ ir, opsets }).toEqual({ ir: 8, opsets: { '': 17 } });
    expect(shapes).toEqual({
      features: ['N', manifest.classMeans.features],
      logits: ['N', manifest.labels.length],
    });
  }
  expect(reports[1]!.operators).toEqual(expect.arrayContaining(['QuantizeLinear', 'DequantizeLinear']));
});

onnxTest(`files of every kind of layer pass, models within models too (case 41)${unless}`, async () => {
  const size = 12;
  const input = inputOf(size, size);
  const { modelJson, shards } = await saveModel(everyLayerModel(size));
  const model = readLayersModel(modelJson, shards);
  const pixels = randomPixels(2, size, size);
  const calibration = await calibrate(model, input, pixels);
  const files = PRECISIONS.map((precision) => ({
    name: `every-layer.${precision}.onnx`,
    onnx: convertLayersModel(model, { input, precision, calibration }),
    pixels,
  }));
  const [float32, int8] = check(files);
  for (const [report, file] of [
    [float32!, files[0]!],
    [int8!, files[1]!],
  ] as const) {
    expect(report.shapes.logits).toEqual(['N', 3]);
    const own = await runOnnx(file.onnx, pixels, size, size);
    // In int8 a value between two steps may be rounded either way.
    const tolerance = report === float32 ? 1e-5 : 0.03;
    expect(largestDifference(Float32Array.from(report.outputs!.logits!), own.logits!)).toBeLessThan(
      tolerance,
    );
  }
});

onnxTest(
  `the reference evaluator of ONNX answers as the trained model in TensorFlow.js${unless}`,
  async () => {
    const version = await aTinyVersion();
    const golden = goldenOf(version);
    const converted = convertFiles(version.manifest, version.files);
    const classes = version.manifest.labels.length;
    const reports = check(
      PRECISIONS.map((precision) => ({
        name: `tiny.${precision}.onnx`,
        onnx: converted[precision],
        pixels: golden.pixels,
      })),
    );
    for (const [index, precision] of PRECISIONS.entries()) {
      const probabilities = softmaxRows(reports[index]!.outputs!.logits!, classes);
      const tolerance = precision === 'float32' ? 1e-5 : 0.01;
      expect(largestDifference(probabilities, golden.probabilities[precision])).toBeLessThan(tolerance);
    }
  },
);

onnxTest(`the checker refuses a file whose output has another size than it says${unless}`, async () => {
  const version = await aTinyVersion();
  const { ModelProto } = onnxProto.onnx;
  const model = ModelProto.decode(convertFiles(version.manifest, version.files).float32);
  const logits = model.graph!.output!.find(({ name }) => name === 'logits')!;
  logits.type!.tensorType!.shape!.dim![1] = { dimValue: 99 };
  const onnx = ModelProto.encode(model).finish();
  expect(() => check([{ name: 'wrong.onnx', onnx }])).toThrow(/InferenceError/);
});

function softmaxRows(logits: readonly number[], classes: number): Float32Array {
  return Float32Array.from(logits, (logit, index) => {
    const row = logits.slice(index - (index % classes), index - (index % classes) + classes);
    return Math.exp(logit) / row.reduce((sum, value) => sum + Math.exp(value), 0);
  });
}
