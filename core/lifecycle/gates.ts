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
import { loadSession, type Session } from '../inference/session.ts';
import { FILE, type Manifest, PRECISIONS, type Precision, SERVABLE_FILE } from '../manifest.ts';
import type { Gate } from '../registry/schema.ts';
import type { Storage } from '../storage/storage.ts';

/** Share of top-1 that int8 may lose against float32 on the held-back photographs before float32 serves. */
export const INT8_LARGEST_LOSS = 0.01;

/** Of each precision, for the figure that decides which one serves. */
const TIMING_ROUNDS = 24;

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

  const sessions: Partial<Record<Precision, Session>> = {};
  try {
    for (const precision of PRECISIONS) {
      const onnx = hashes.files.get(SERVABLE_FILE[precision])!;
      const { gate, session } = await answersGolden(onnx, precision, golden, manifest);
      gates.push(gate);
      if (session !== undefined) sessions[precision] = session;
    }
    const { float32, int8 } = sessions;
    // float32 must answer: it is the model that was trained. int8 is a faster form of it, and may be passed over.
    if (float32 === undefined) return { gates, precision: null };
    const ratio = int8 === undefined ? null : await timeRatio({ float32, int8 }, golden);
    const int8Gates = [int8LossGate(manifest), int8SpeedGate(ratio)];
    gates.push(...int8Gates);
    return { gates, precision: int8Gates.every((gate) => gate.passed) ? 'int8' : 'float32' };
  } finally {
    for (const session of Object.values(sessions)) await session.dispose();
  }
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

/** The session is given, open, only where the gate is passed. */
async function answersGolden(
  onnx: Buffer,
  precision: Precision,
  golden: Golden,
  manifest: Manifest,
): Promise<{ gate: Gate; session?: Session }> {
  const name = `loads and answers, ${precision}`;
  let session: Session | undefined;
  try {
    session = await loadSession(onnx);
    checkSizes(session, manifest);
    const answers = await answerGolden(session, golden);
    const { passed, reason, largest, mean } = checkParity(precision, answers, golden);
    const [found, threshold] =
      precision === 'float32' ? [largest, FLOAT32_TOLERANCE] : [mean, INT8_TOLERANCE];
    const value = Number.isFinite(found) ? found : null;
    const gate = { name, value, threshold, passed, reason };
    if (passed) return { gate, session };
    await session.dispose();
    return { gate };
  } catch (error) {
    await session?.dispose();
    return { gate: failedGate(name, error) };
  }
}

/**
 * Time of int8 over that of float32, a picture each. They take turns, and the shortest of several rounds counts:
 * what else the machine does only ever makes a run longer, and this decides what serves from now on.
 */
async function timeRatio(
  { float32, int8 }: { float32: Session; int8: Session },
  { n, pixels }: Golden,
): Promise<number> {
  const size = pixels.length / n;
  const shortest = { float32: Number.POSITIVE_INFINITY, int8: Number.POSITIVE_INFINITY };
  for (let round = 0; round < TIMING_ROUNDS; round++) {
    const picture = pixels.subarray((round % n) * size, ((round % n) + 1) * size);
    for (const [precision, session] of [
      ['float32', float32],
      ['int8', int8],
    ] as const) {
      const start = performance.now();
      await session.run(picture);
      shortest[precision] = Math.min(shortest[precision], performance.now() - start);
    }
  }
  return shortest.int8 / shortest.float32;
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

function int8SpeedGate(ratio: number | null): Gate {
  return {
    name: 'int8 is faster here',
    value: ratio,
    threshold: 1,
    passed: ratio !== null && ratio < 1,
    reason:
      ratio === null
        ? 'int8 did not answer as it was trained'
        : `int8 takes ${ratio.toFixed(2)} of float32's time on this machine`,
  };
}

/** The gate for what a version is to blame for. Anything else, storage out of reach say, is thrown on: it can be repeated. */
export function failedGate(name: string, error: unknown): Gate {
  if (!(error instanceof InvalidModelError)) throw error;
  return { name, value: null, threshold: null, passed: false, reason: messageOf(error) };
}
