/** Gates: whether int8 serves, or float32 instead of it. */
import { parseGateConfig } from '../../../../core/config.ts';
import type { Evaluation } from '../../../../core/evaluation.ts';
import { int8FigureGates, int8SpeedGate } from '../../../../core/lifecycle/gates/int8.ts';
import { int8Serves, rejections, servingPrecision } from '../../../../core/lifecycle/gates/verdict.ts';
import { anEvaluation, TINY_LABELS as LABELS } from '../../../helpers/evaluations.ts';

const SETTINGS = parseGateConfig({});
const NOTHING: Evaluation = { pictures: [] };

describe('int8', () => {
  const judge = (ranks: { float32: number[]; int8: number[] }, n = 200) =>
    int8FigureGates(anEvaluation({ labels: LABELS, n, ranks }), SETTINGS);
  const ranksWith = (n: number, wrong: number) => Array.from({ length: n }, (_, i) => (i < wrong ? 2 : 1));

  it('that says the same as float32 is served', () => {
    const [agreement, loss] = judge({ float32: [1], int8: [1] });
    expect(agreement).toMatchObject({ passed: true, value: 1, threshold: 0.98 });
    expect(loss).toMatchObject({ passed: true, value: 0, threshold: 0.01 });
  });

  it('that names another breed on more than 2 % is passed over', () => {
    const [agreement] = judge({ float32: ranksWith(200, 0), int8: ranksWith(200, 5) });
    expect(agreement).toMatchObject({ passed: false, value: 0.975, severity: 'precision' });
    expect(judge({ float32: ranksWith(200, 0), int8: ranksWith(200, 4) })[0]!.passed).toBe(true);
  });

  it('may lose one point, however sure that is', () => {
    const n = 1000;
    expect(judge({ float32: ranksWith(n, 0), int8: ranksWith(n, 10) }, n)[1]).toMatchObject({
      passed: true,
      value: 0.01,
    });
    const [, more] = judge({ float32: ranksWith(n, 0), int8: ranksWith(n, 11) }, n);
    expect(more).toMatchObject({ passed: false, value: 0.011 });
    expect(more!.reason).toContain('11 lost and 0 gained, p = 0.000');
  });

  it('may lose more on so few pictures that it is no loss by an exact test', () => {
    // 4 of 4 against it: 1 in 16.
    expect(judge({ float32: ranksWith(100, 0), int8: ranksWith(100, 4) }, 100)[1]).toMatchObject({
      passed: true,
      value: 0.04,
    });
    expect(judge({ float32: ranksWith(100, 0), int8: ranksWith(100, 5) }, 100)[1]!.passed).toBe(false);
  });

  it('without pictures is not judged, and float32 serves', () => {
    for (const gates of [int8FigureGates(NOTHING, SETTINGS), int8FigureGates(undefined, SETTINGS)]) {
      expect(gates.map(({ passed }) => passed)).toEqual([false, false]);
      expect(int8Serves(gates)).toBe(false);
      expect(servingPrecision(gates)).toBe('float32');
      expect(rejections(gates)).toEqual([]);
    }
  });

  it('that is no faster here is passed over', () => {
    expect(int8SpeedGate(0.5)).toMatchObject({ passed: true, value: 0.5 });
    expect(int8SpeedGate(1)).toMatchObject({ passed: false, severity: 'precision' });
    expect(int8SpeedGate(null)).toMatchObject({ passed: false, value: null });
  });
});
