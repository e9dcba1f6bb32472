/**
 * @module core/lifecycle/gates
 * The checks that a version passes before it may serve, each with its figure for the record. They run on the
 * machine that serves, in the engine that serves.
 */
import { InvalidModelError, messageOf } from '../errors.ts';
import { decodeClassMeans, decodeGolden, type Golden } from '../golden.ts';
import {
  answerGolden,
  checkParity,
  checkSizes,
  FLOAT32_TOLERANCE,
  INT8_TOLERANCE,
} from '../inference/parity.ts';
import { loadSession } from '../inference/session.ts';
import { FILE, type Manifest, PRECISIONS, type Precision, SERVABLE_FILE } from '../manifest.ts';
import type { Gate } from '../registry/schema.ts';
import type { Storage } from '../storage/storage.ts';

/** Share of top-1 that int8 may lose against float32 on the held-back photographs before float32 serves. */
export const INT8_LARGEST_LOSS = 0.01;

export interface Verdict {
  gates: Gate[];
  /** What the version serves at, or null when it is rejected. */
  precision: Precision | null;
}

type Files = ReadonlyMap<string, Buffer>;

/** Runs every gate on `models/{version}`. A gate that fails for what the version is ends up in the verdict; storage out of reach throws. */
export async function judgeVersion(storage: Storage, manifest: Manifest): Promise<Verdict> {
  const hashes = await readServableFiles(storage, manifest);
  if (!('files' in hashes)) return { gates: [hashes.gate], precision: null };
  const gates = [hashes.gate];
  let golden: Golden;
  try {
    golden = decodeGolden(hashes.files.get(FILE.golden)!, manifest);
    decodeClassMeans(hashes.files.get(FILE.classMeans)!, manifest);
  } catch (error) {
    gates.push(failedGate('golden files', error));
    return { gates, precision: null };
  }

  const milliseconds: Partial<Record<Precision, number>> = {};
  for (const precision of PRECISIONS) {
    const onnx = hashes.files.get(SERVABLE_FILE[precision])!;
    const answered = await answersGolden(onnx, precision, golden, manifest);
    gates.push(answered.gate);
    if (answered.gate.passed) milliseconds[precision] = answered.milliseconds;
  }
  // float32 must answer: it is the model that was trained. int8 is a faster form of it, and may be passed over.
  if (milliseconds.float32 === undefined) return { gates, precision: null };
  const int8Gates = [int8LossGate(manifest), int8SpeedGate(milliseconds)];
  gates.push(...int8Gates);
  const int8Serves = milliseconds.int8 !== undefined && int8Gates.every((gate) => gate.passed);
  return { gates, precision: int8Serves ? 'int8' : 'float32' };
}

async function readServableFiles(
  storage: Storage,
  manifest: Manifest,
): Promise<{ gate: Gate; files: Files } | { gate: Gate }> {
  const files = new Map<string, Buffer>();
  try {
    for (const file of manifest.files) {
      files.set(file.path, await storage.readModelFile('models', manifest.version, file));
    }
  } catch (error) {
    return { gate: failedGate('hashes', error) };
  }
  const reason = 'every file has the size and SHA-256 in the manifest';
  return { gate: { name: 'hashes', value: files.size, threshold: files.size, passed: true, reason }, files };
}

async function answersGolden(
  onnx: Buffer,
  precision: Precision,
  golden: Golden,
  manifest: Manifest,
): Promise<{ gate: Gate; milliseconds: number }> {
  const name = `loads and answers, ${precision}`;
  try {
    const session = await loadSession(onnx);
    try {
      checkSizes(session, manifest);
      // Once to warm up, once for the figures: the first run allocates.
      await answerGolden(session, golden);
      const start = performance.now();
      const answers = await answerGolden(session, golden);
      const milliseconds = (performance.now() - start) / golden.n;
      const { passed, reason, largest, mean } = checkParity(precision, answers, golden);
      const [found, threshold] =
        precision === 'float32' ? [largest, FLOAT32_TOLERANCE] : [mean, INT8_TOLERANCE];
      const value = Number.isFinite(found) ? found : null;
      return { gate: { name, value, threshold, passed, reason }, milliseconds };
    } finally {
      await session.dispose();
    }
  } catch (error) {
    return { gate: failedGate(name, error), milliseconds: Number.NaN };
  }
}

function int8LossGate({ metrics }: Manifest): Gate {
  const loss = metrics.float32.top1 - metrics.int8.top1;
  const [n, points] = [metrics.int8.n, (loss * 100).toFixed(1)];
  return {
    name: 'int8 keeps top-1',
    value: loss,
    threshold: INT8_LARGEST_LOSS,
    passed: n > 0 && loss <= INT8_LARGEST_LOSS,
    reason:
      n > 0 ? `int8 loses ${points} points of top-1 on ${n} held-back photographs` : 'nothing to judge by',
  };
}

function int8SpeedGate({ float32, int8 }: Partial<Record<Precision, number>>): Gate {
  const ratio = float32 !== undefined && int8 !== undefined ? int8 / float32 : null;
  return {
    name: 'int8 is faster here',
    value: ratio,
    threshold: 1,
    passed: ratio !== null && ratio < 1,
    reason:
      ratio === null
        ? 'int8 did not answer'
        : `int8 takes ${ratio.toFixed(2)} of float32's time on this machine`,
  };
}

/** The gate for what a version is to blame for. Anything else, storage out of reach say, is thrown on: it can be repeated. */
export function failedGate(name: string, error: unknown): Gate {
  if (!(error instanceof InvalidModelError)) throw error;
  return { name, value: null, threshold: null, passed: false, reason: messageOf(error) };
}
