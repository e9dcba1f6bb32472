/**
 * @module core/lifecycle/gates/judge-version
 * The checks that a version passes before it may serve, each with its figure for the record. They run on the machine
 * that serves, in the engine that serves. One that fails doesn't hide the others.
 */
import type { GateConfig } from '../../config.ts';
import { decodeClassMeans, decodeGolden, type Golden } from '../../golden.ts';
import { loadSession, type Session } from '../../inference/session.ts';
import { FILE, type Manifest, PRECISIONS, type Precision, SERVABLE_FILE } from '../../manifest.ts';
import type { Gate } from '../../registry/schema.ts';
import type { Storage } from '../../storage/storage.ts';
import { askGolden, type OpenSession } from './answers.ts';
import { calibrationGate } from './calibration.ts';
import { readEvaluation } from './figures.ts';
import { type Files, readFiles, requireFile, sizeGate } from './files.ts';
import { floorGates } from './floors.ts';
import { blameOf, gateOf } from './gate.ts';
import { int8FigureGates, int8SpeedGate } from './int8.ts';
import { labelsGate } from './labels.ts';
import { latencyGate } from './latency.ts';
import { readProduction } from './production.ts';
import { relativeGates } from './relative.ts';
import { type Timed, timeRatio } from './timing.ts';
import { int8Serves, servingPrecision } from './verdict.ts';

export interface Verdict {
  gates: Gate[];
  /** What the version serves at, or null when it is rejected. */
  precision: Precision | null;
  /** What was in production when it was judged; null where nothing was. */
  production: string | null;
}

export interface JudgeOptions {
  settings: GateConfig;
  openSession?: OpenSession;
}

/**
 * Runs every gate on `models/{version}`. What the version is to blame for ends up in the verdict; storage out of reach
 * throws UnavailableError. Every session is freed, and one version, with production's, is in memory at a time.
 */
export async function judgeVersion(
  storage: Storage,
  manifest: Manifest,
  { settings, openSession = loadSession }: JudgeOptions,
): Promise<Verdict> {
  const opened: Session[] = [];
  const open: OpenSession = async (onnx) => {
    const session = await openSession(onnx);
    opened.push(session);
    return session;
  };
  try {
    return await runGates(storage, manifest, { settings, openSession: open });
  } finally {
    // Each of them, also when one can't be freed; the verdict stands either way.
    await Promise.allSettled(opened.map((session) => session.dispose()));
  }
}

async function runGates(
  storage: Storage,
  manifest: Manifest,
  { settings, openSession }: Required<JudgeOptions>,
): Promise<Verdict> {
  const production = await readProduction(storage, manifest.version);
  const { gate: hashes, files } = await readFiles(storage, manifest);
  const { gate: goldenGate, golden } = readGolden(manifest, files);
  const { gates: answers, timed } = await askBoth(manifest, { files, golden, openSession });
  const { gate: figures, evaluation } = readEvaluation(manifest, files, settings);
  const ratio =
    timed.int8 === undefined || timed.float32 === undefined
      ? null
      : await timeRatio(timed.int8, timed.float32);
  const int8 = [...int8FigureGates(evaluation, settings), int8SpeedGate(ratio)];
  // Everything from here on is about what would serve.
  const precision = int8Serves([...answers, ...int8]) ? 'int8' : 'float32';

  const { labels } = manifest;
  const size = { path: SERVABLE_FILE[precision], mostMegabytes: settings.GATE_MAX_MEGABYTES };
  const latency = {
    candidate: timed[precision],
    production,
    most: settings.GATE_MAX_LATENCY_RATIO,
    openSession,
  };
  const gates = [
    hashes,
    goldenGate,
    labelsGate(manifest, { production, allowed: settings.GATE_LABELS }),
    ...answers,
    figures,
    ...int8,
    ...floorGates(evaluation, { labels, precision, settings }),
    ...relativeGates({ manifest, evaluation, precision, production, settings }),
    calibrationGate(manifest, { precision, most: settings.GATE_MAX_ECE }),
    await latencyGate(storage, latency),
    sizeGate(manifest, size),
  ];
  return { gates, precision: servingPrecision(gates), production: production.version };
}

function readGolden(manifest: Manifest, files: Files): { gate: Gate; golden: Golden | undefined } {
  const name = 'golden files';
  let golden: Golden | undefined;
  try {
    golden = decodeGolden(requireFile(files, FILE.golden), manifest);
    decodeClassMeans(requireFile(files, FILE.classMeans), manifest);
  } catch (error) {
    return { golden, gate: gateOf(name, { passed: false, reason: blameOf(error) }) };
  }
  const reason = `${FILE.golden} and ${FILE.classMeans} have the sizes that the manifest tells`;
  return { golden, gate: gateOf(name, { value: golden.n, passed: true, reason }) };
}

async function askBoth(
  manifest: Manifest,
  { files, golden, openSession }: { files: Files; golden: Golden | undefined; openSession: OpenSession },
): Promise<{ gates: Gate[]; timed: Partial<Record<Precision, Timed>> }> {
  const gates: Gate[] = [];
  const timed: Partial<Record<Precision, Timed>> = {};
  for (const precision of PRECISIONS) {
    const onnx = files.get(SERVABLE_FILE[precision]);
    const asked = await askGolden({ precision, manifest, onnx, golden, openSession });
    gates.push(...asked.gates);
    if (asked.session !== undefined && golden !== undefined)
      timed[precision] = { session: asked.session, golden };
  }
  return { gates, timed };
}
