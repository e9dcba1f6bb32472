/**
 * @module core/lifecycle/gates/figures
 * Gate: the pictures held back can be read one by one, and come to the figures in the manifest.
 */
import type { GateConfig } from '../../config.ts';
import { countWithin, type Evaluation, parseEvaluation, picturesByLabel } from '../../evaluation.ts';
import { FILE, type Manifest, PRECISIONS } from '../../manifest.ts';
import type { Gate } from '../../registry/schema.ts';
import { type Files, requireFile } from './files.ts';
import { blameOf, counted, gateOf } from './gate.ts';

/** Shares of whole pictures, written with all their digits: whatever differs by more was counted otherwise. */
const SAME = 1e-9;

/** The evaluation is given where it can be read, also where the gate isn't passed: the others say what they find. */
export function readEvaluation(
  manifest: Manifest,
  files: Files,
  { GATE_MIN_PICTURES: threshold }: Pick<GateConfig, 'GATE_MIN_PICTURES'>,
): { gate: Gate; evaluation?: Evaluation } {
  const name = 'evaluation';
  let evaluation: Evaluation;
  try {
    evaluation = parseEvaluation(requireFile(files, FILE.evaluation), manifest);
  } catch (error) {
    return { gate: gateOf(name, { threshold, passed: false, reason: blameOf(error) }) };
  }
  const value = evaluation.pictures.length;
  const held = `${counted(value, 'picture')} held back`;
  const finding = { value, threshold };
  if (value < threshold) {
    const reason = `${held}, which is too few to judge by: ${threshold} are asked for (GATE_MIN_PICTURES)`;
    return { evaluation, gate: gateOf(name, { ...finding, passed: false, reason }) };
  }
  const faults = contradictions(evaluation, manifest);
  const passed = faults.length === 0;
  const reason = passed
    ? `${held}, and the manifest's top-1, top-3 and counts are theirs`
    : faults.join('; ');
  return { evaluation, gate: gateOf(name, { ...finding, passed, reason }) };
}

function contradictions(evaluation: Evaluation, { metrics }: Manifest): string[] {
  const { pictures } = evaluation;
  const byLabel = picturesByLabel(evaluation);
  const faults: string[] = [];
  for (const precision of PRECISIONS) {
    const { n, top1, top3, byClass } = metrics[precision];
    const compare = (what: string, found: number, stated: number) => {
      const isSame = Math.abs(found - stated) <= SAME;
      if (!isSame)
        faults.push(`${what} (${precision}) is ${found} by ${FILE.evaluation}, ${stated} by the manifest`);
    };
    compare('the number of pictures', pictures.length, n);
    compare('top-1', countWithin(pictures, { k: 1, precision }) / pictures.length, top1);
    compare('top-3', countWithin(pictures, { k: 3, precision }) / pictures.length, top3);
    for (const { label, n: stated } of byClass) {
      compare(`the number of pictures of ${label}`, byLabel.get(label)?.length ?? 0, stated);
    }
  }
  return faults;
}
