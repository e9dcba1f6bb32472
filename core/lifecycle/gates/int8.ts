/**
 * @module core/lifecycle/gates/int8
 * Gates: int8 says on the pictures held back what float32 says, loses nothing that can be shown, and is faster here.
 * Where it doesn't pass one, float32 serves.
 */
import type { GateConfig } from '../../config.ts';
import { countWithin, type Evaluation } from '../../evaluation.ts';
import type { Gate } from '../../registry/schema.ts';
import { chanceOfLosing, SIGNIFICANCE } from '../../statistics.ts';
import { counted, gateOf, notJudged, percent, points } from './gate.ts';

const OPTIONS = { severity: 'precision' } as const;
const NAMES = {
  agreement: 'int8 agrees with float32',
  loss: 'int8 keeps top-1',
  speed: 'int8 is faster here',
};

/** By training's own figures on the pictures held back; undefined where there are none to read. */
export function int8FigureGates(
  evaluation: Evaluation | undefined,
  settings: Pick<GateConfig, 'GATE_MIN_AGREEMENT' | 'GATE_MAX_INT8_LOSS'>,
): Gate[] {
  if (evaluation === undefined || evaluation.pictures.length === 0) {
    const why = 'there are no pictures held back';
    return [NAMES.agreement, NAMES.loss].map((name) => notJudged(name, why, OPTIONS));
  }
  return [
    agreementGate(evaluation, settings.GATE_MIN_AGREEMENT),
    lossGate(evaluation, settings.GATE_MAX_INT8_LOSS),
  ];
}

function agreementGate({ pictures }: Evaluation, threshold: number): Gate {
  const same = pictures.filter(({ predicted }) => predicted.float32 === predicted.int8).length;
  const value = same / pictures.length;
  const reason = `int8 and float32 name the same breed on ${percent(value)} of ${counted(pictures.length, 'picture')} held back`;
  return gateOf(NAMES.agreement, { value, threshold, passed: value >= threshold, reason }, OPTIONS);
}

/** Passed where either holds: too little is lost to matter, or so few pictures that it may well be chance. */
function lossGate({ pictures }: Evaluation, threshold: number): Gate {
  const n = pictures.length;
  const lost = pictures.filter(({ rank }) => rank.float32 === 1 && rank.int8 !== 1).length;
  const gained = pictures.filter(({ rank }) => rank.float32 !== 1 && rank.int8 === 1).length;
  // By counts: .90 - .89 is more than .01 in floating point.
  const value = (lost - gained) / n;
  const chance = chanceOfLosing({ lost, gained });
  const top1 = (precision: 'float32' | 'int8') => percent(countWithin(pictures, { k: 1, precision }) / n);
  const reason = `int8 loses ${points(value)} points of top-1 on ${counted(n, 'picture')} held back: ${top1('int8')} for ${top1('float32')}; ${lost} lost and ${gained} gained, p = ${chance.toFixed(3)} (exact paired test)`;
  const isSmall = value <= threshold;
  const mayBeChance = chance >= SIGNIFICANCE;
  return gateOf(NAMES.loss, { value, threshold, passed: isSmall || mayBeChance, reason }, OPTIONS);
}

/** `ratio`: time of int8 over float32's; null where one of them doesn't answer. */
export function int8SpeedGate(ratio: number | null): Gate {
  if (ratio === null) {
    return notJudged(NAMES.speed, 'int8 or float32 did not answer as it was trained', OPTIONS);
  }
  const reason = `int8 takes ${ratio.toFixed(2)} of float32's time on this machine`;
  return gateOf(NAMES.speed, { value: ratio, threshold: 1, passed: ratio < 1, reason }, OPTIONS);
}
