/** Gates that judge a version by its own figures. */
import { type GateConfig, parseGateConfig } from '../../../../core/config.ts';
import { type Evaluation, formatEvaluation } from '../../../../core/evaluation.ts';
import { calibrationGate } from '../../../../core/lifecycle/gates/calibration.ts';
import { readEvaluation } from '../../../../core/lifecycle/gates/figures.ts';
import { sizeGate } from '../../../../core/lifecycle/gates/files.ts';
import { servingPrecision } from '../../../../core/lifecycle/gates/verdict.ts';
import { FILE, type Metrics } from '../../../../core/manifest.ts';
import type { Gate } from '../../../../core/registry/schema.ts';
import { anEvaluation, TINY_LABELS as LABELS, metricsOf } from '../../../helpers/evaluations.ts';
import { aTrainedManifest, someMetrics } from '../../../helpers/manifests.ts';

const SETTINGS: GateConfig = parseGateConfig({});
const NOTHING: Evaluation = { pictures: [] };

describe('the evaluation', () => {
  const evaluation = anEvaluation({ labels: LABELS });
  const metrics = metricsOf(evaluation, LABELS);
  const read = (written: Evaluation, changes: Partial<Metrics> = {}, settings = SETTINGS) =>
    readEvaluation(
      aTrainedManifest({ labels: LABELS, metrics: { ...metrics, int8: { ...metrics.int8, ...changes } } }),
      new Map([[FILE.evaluation, Buffer.from(formatEvaluation(written))]]),
      settings,
    );

  it('passes where its pictures come to the figures in the manifest', () => {
    expect(read(evaluation)).toMatchObject({ evaluation, gate: { passed: true, value: 100, threshold: 1 } });
  });

  it.each([
    [{ n: 99 }, /number of pictures \(int8\) is 100 by evaluation\.json, 99 by the manifest/],
    [{ top1: 0.95 }, /top-1 \(int8\) is 0\.9 by evaluation\.json, 0\.95/],
    [{ top3: 0.5 }, /top-3 \(int8\)/],
    [{ byClass: [{ label: 'pug', n: 3, top1: 1, top3: 1 }] }, /pictures of pug \(int8\) is 25/],
  ])('is refused where the manifest says otherwise: %j', (changes, reason) => {
    const { gate, evaluation: given } = read(evaluation, changes);
    expect(gate.passed).toBe(false);
    expect(gate.reason).toMatch(reason);
    expect(given).toEqual(evaluation);
  });

  it('of no pictures is never enough', () => {
    const { gate } = read(NOTHING);
    expect(gate).toMatchObject({ passed: false, value: 0 });
    expect(gate.reason).toContain('too few to judge by');
    expect(gate.severity).toBe('reject');
  });

  it('of fewer pictures than are asked for is refused', () => {
    expect(read(evaluation, {}, { ...SETTINGS, GATE_MIN_PICTURES: 101 }).gate.passed).toBe(false);
    expect(read(evaluation, {}, { ...SETTINGS, GATE_MIN_PICTURES: 100 }).gate.passed).toBe(true);
  });

  it('that is missing or damaged is named', () => {
    const manifest = aTrainedManifest({ labels: LABELS });
    expect(readEvaluation(manifest, new Map(), SETTINGS).gate.reason).toContain('evaluation.json is not as');
    const damaged = new Map([[FILE.evaluation, Buffer.from('[]')]]);
    expect(readEvaluation(manifest, damaged, SETTINGS)).toMatchObject({
      gate: { passed: false, reason: expect.stringContaining('breaks the schema') },
    });
  });
});

describe('calibration', () => {
  const judge = (metrics: Partial<Metrics>) =>
    calibrationGate(
      { metrics: { float32: someMetrics(), int8: someMetrics(metrics) } },
      { precision: 'int8', most: 0.03 },
    );

  it('allows for what chance gives on so many pictures', () => {
    const error = { eceAfter: 0.08, top1: 0.9 };
    expect(judge({ ...error, n: 100 }).passed).toBe(true);
    expect(judge({ ...error, n: 2000 }).passed).toBe(false);
    expect(judge({ ...error, n: 592, eceAfter: 0.027 }).passed).toBe(true);
  });

  it('judges the error after the temperature, and says what chance gives', () => {
    const gate = judge({ n: 592, top1: 0.912, eceBefore: 0.5, eceAfter: 0.02 });
    expect(gate.passed).toBe(true);
    expect(gate.reason).toMatch(
      /is 2\.0 % \(int8\); at most 3\.0 % is taken beyond the 3\.\d % that chance can give on 592 pictures/,
    );
  });

  it('has nothing to judge by without pictures', () => {
    expect(judge({ n: 0, top1: 0, eceAfter: 0 })).toMatchObject({ passed: false, value: null });
  });
});

test('a file that serves and is too large is refused', () => {
  const manifest = { files: [{ path: FILE.int8, bytes: 2_000_001, sha256: 'a' }] };
  expect(sizeGate(manifest, { path: FILE.int8, mostMegabytes: 2 })).toMatchObject({
    passed: false,
    value: 2_000_001,
  });
  expect(sizeGate(manifest, { path: FILE.int8, mostMegabytes: 2.1 }).passed).toBe(true);
});

test('a warning rejects nothing, and a record of before severities reads as rejecting', () => {
  const gate = (changes: Partial<Gate>): Gate => ({
    name: 'a',
    value: null,
    threshold: null,
    passed: false,
    reason: '',
    ...changes,
  });
  expect(servingPrecision([gate({ severity: 'warn' })])).toBe('int8');
  expect(servingPrecision([gate({ severity: 'precision' })])).toBe('float32');
  expect(servingPrecision([gate({})])).toBeNull();
  expect(servingPrecision([gate({ passed: true })])).toBe('int8');
});
