/**
 * @module core/lifecycle/gates/answers
 * Gates: a file loads in the engine that serves and answers every golden input, and it does so as the trained model.
 */
import { InvalidModelError, messageOf } from '../../errors.ts';
import type { Golden } from '../../golden.ts';
import { sha256 } from '../../hash.ts';
import {
  answerGolden,
  checkParity,
  checkSizes,
  FLOAT32_TOLERANCE,
  INT8_TOLERANCE,
} from '../../inference/parity.ts';
import type { Session } from '../../inference/session.ts';
import { type Manifest, type Precision, SERVABLE_FILE } from '../../manifest.ts';
import type { Gate } from '../../registry/schema.ts';
import { blameOf, gateOf, notJudged, type Severity } from './gate.ts';
import { checkSelfContained } from './self-contained.ts';

export type OpenSession = (onnx: Uint8Array) => Promise<Session>;

/** float32 is the model that was trained; int8 is a faster form of it, and may be passed over. */
const SEVERITY: Record<Precision, Severity> = { float32: 'reject', int8: 'precision' };

export interface AskOptions {
  precision: Precision;
  manifest: Manifest;
  /** Undefined where the file is damaged. */
  onnx: Buffer | undefined;
  golden: Golden | undefined;
  openSession: OpenSession;
}

/** The session is given where both gates are passed. It is the caller's to free, as every one that `openSession` gave. */
export async function askGolden(options: AskOptions): Promise<{ gates: Gate[]; session?: Session }> {
  const { precision, manifest, onnx, golden, openSession } = options;
  const [loads, parity] = [`loads and answers, ${precision}`, `parity, ${precision}`];
  const severity = SEVERITY[precision];
  const path = SERVABLE_FILE[precision];
  if (onnx === undefined || golden === undefined) {
    const why = `${onnx === undefined ? path : 'golden.bin'} is not as the manifest lists it`;
    return { gates: [loads, parity].map((name) => notJudged(name, why, { severity })) };
  }
  try {
    checkSelfContained(onnx);
    const session = await openSession(onnx);
    checkSizes(session, manifest);
    const answers = await ask(session, golden);
    const answered = countAnswered(answers, golden.n);
    const loadsGate = gateOf(
      loads,
      {
        value: answered,
        threshold: golden.n,
        passed: answered === golden.n,
        reason: `${path} loads, and answers ${answered} of ${golden.n} golden inputs with numbers`,
      },
      { severity },
    );
    const gates = [loadsGate, parityGate(parity, { ...options, golden, answers, onnx })];
    return gates.every(({ passed }) => passed) ? { gates, session } : { gates };
  } catch (error) {
    const gate = gateOf(loads, { passed: false, reason: `${path}: ${blameOf(error)}` }, { severity });
    return { gates: [gate, notJudged(parity, 'it gave no answers', { severity })] };
  }
}

/** What fails while the graph runs is the graph's fault; ONNX Runtime throws it as any other error. */
async function ask(session: Session, golden: Golden): Promise<Float64Array> {
  try {
    return await answerGolden(session, golden);
  } catch (error) {
    throw new InvalidModelError(`ONNX Runtime can't run the model: ${messageOf(error)}`, { cause: error });
  }
}

function countAnswered(answers: Float64Array, n: number): number {
  const classes = answers.length / n;
  const isAnswered = (row: number) =>
    answers.subarray(row * classes, (row + 1) * classes).every(Number.isFinite);
  return Array.from({ length: n }, (_, row) => row).filter(isAnswered).length;
}

function parityGate(
  name: string,
  {
    precision,
    manifest,
    golden,
    answers,
    onnx,
  }: AskOptions & { golden: Golden; answers: Float64Array; onnx: Buffer },
): Gate {
  const { passed, reason, largest, mean } = checkParity(precision, answers, golden);
  const isMeasured = sha256(onnx) === manifest.servable[SERVABLE_FILE[precision]];
  const bytes = isMeasured
    ? 'the file is byte for byte the one that training measured'
    : 'the file is not byte for byte the one that training measured, so the golden inputs decide';
  return gateOf(
    name,
    {
      value: precision === 'float32' ? largest : mean,
      threshold: precision === 'float32' ? FLOAT32_TOLERANCE : INT8_TOLERANCE,
      passed,
      reason: `${reason}; ${bytes}`,
    },
    { severity: SEVERITY[precision] },
  );
}
