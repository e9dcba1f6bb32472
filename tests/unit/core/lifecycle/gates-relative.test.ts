/** Gates that compare a version with the one in production. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GateConfig, parseGateConfig } from '../../../../core/config.ts';
import type { Evaluation } from '../../../../core/evaluation.ts';
import { labelsGate, labelsHash } from '../../../../core/lifecycle/gates/labels.ts';
import { pairPictures } from '../../../../core/lifecycle/gates/pairing.ts';
import type { Opponent, Production } from '../../../../core/lifecycle/gates/production.ts';
import { relativeGates } from '../../../../core/lifecycle/gates/relative.ts';
import { rejections } from '../../../../core/lifecycle/gates/verdict.ts';
import type { Label } from '../../../../core/manifest.ts';
import type { Gate } from '../../../../core/registry/schema.ts';
import { isStarter } from '../../../../core/starter.ts';
import { anEvaluation, TINY_LABELS as LABELS } from '../../../helpers/evaluations.ts';
import { aTrainedManifest } from '../../../helpers/manifests.ts';
import { ROOT } from '../../../helpers/processes.ts';

const SETTINGS: GateConfig = parseGateConfig({});
const VERSION = '20261125T081500Z-1c9f00aa';

/** Ranks of n pictures of which those from `start` on, `wrong` of them, are wrong. */
function ranks(
  n: number,
  wrong: number,
  { start = 0, rank = 2 }: { start?: number; rank?: number } = {},
): number[] {
  return Array.from({ length: n }, (_, i) => (i >= start && i < start + wrong ? rank : 1));
}

function evaluationOf(list: number[], { pictures = 'picture' } = {}): Evaluation {
  return anEvaluation({ labels: LABELS, n: list.length, ranks: list, pictures });
}

function opponent(
  evaluation: Opponent['evaluation'],
  { labels = LABELS }: { labels?: Label[] } = {},
): Opponent {
  const manifest = aTrainedManifest({ labels, version: VERSION });
  return { version: VERSION, precision: 'int8', manifest, evaluation };
}

function compare(
  evaluation: Evaluation | undefined,
  production: Production,
  { labels = LABELS, settings = SETTINGS }: { labels?: Label[]; settings?: GateConfig } = {},
): { top1: Gate; top3: Gate } {
  const manifest = aTrainedManifest({ labels });
  const [top1, top3] = relativeGates({ manifest, evaluation, precision: 'int8', production, settings });
  return { top1: top1!, top3: top3! };
}

describe('on the same pictures', () => {
  it('a version that says the same is not worse', () => {
    const evaluation = evaluationOf(ranks(200, 20));
    const { top1, top3 } = compare(evaluation, opponent(evaluation));
    expect(top1).toMatchObject({ passed: true, value: 0, threshold: -0.01, severity: 'reject' });
    expect(top1.reason).toBe(
      `90.0 % against 90.0 % of ${VERSION} (0.0 points), the same 200 pictures held back: 0 lost and 0 gained, p = 1.000 (McNemar, exact, one-sided)`,
    );
    expect(top3.passed).toBe(true);
  });

  it('one that loses more than a point, and more than chance explains, is worse', () => {
    // 9 lost, 2 gained of 454: 1.5 points, p = .033.
    const before = evaluationOf(ranks(454, 2));
    const after = evaluationOf(ranks(454, 9, { start: 2 }));
    const { top1, top3 } = compare(after, opponent(before));
    expect(top1).toMatchObject({ passed: false, value: -7 / 454 });
    expect(top1.reason).toContain('9 lost and 2 gained, p = 0.033');
    // Second instead of first is still among three.
    expect(top3.passed).toBe(true);
  });

  it('one whose loss may be chance is not, though it is more than a point', () => {
    // 9 lost, 3 gained: 1.3 points, p = .073.
    const { top1 } = compare(
      evaluationOf(ranks(454, 9, { start: 3 })),
      opponent(evaluationOf(ranks(454, 3))),
    );
    expect(top1).toMatchObject({ passed: true, value: -6 / 454 });
  });

  it('one whose loss is sure but smaller than a point is not', () => {
    // 10 of 1,000, none gained: the very point.
    const before = evaluationOf(ranks(1000, 0));
    expect(compare(evaluationOf(ranks(1000, 10)), opponent(before)).top1).toMatchObject({
      passed: true,
      value: -0.01,
    });
    expect(compare(evaluationOf(ranks(1000, 11)), opponent(before)).top1.passed).toBe(false);
  });

  it('a loss among three is one by itself', () => {
    const before = evaluationOf(ranks(200, 10));
    const { top1, top3 } = compare(evaluationOf(ranks(200, 10, { rank: 4 })), opponent(before));
    expect([top1.passed, top3.passed]).toEqual([true, false]);
    expect(top3.name).toBe('top-3 against production');
  });

  it('the precision that serves is compared on each side', () => {
    const before = anEvaluation({
      labels: LABELS,
      n: 200,
      ranks: { float32: ranks(200, 0), int8: ranks(200, 50) },
    });
    const after = evaluationOf(ranks(200, 50));
    expect(compare(after, opponent(before)).top1.passed).toBe(true);
    expect(compare(after, { ...opponent(before), precision: 'float32' }).top1.passed).toBe(false);
  });

  it('a few are paired too', () => {
    const { top1 } = compare(evaluationOf(ranks(8, 8)), opponent(evaluationOf(ranks(8, 0))));
    expect(top1.passed).toBe(false);
    expect(top1.reason).toContain('the same 8 pictures');
  });
});

describe('where the sets differ', () => {
  const shared = (n: number, wrong: number, own: string) => ({
    pictures: [
      ...evaluationOf(ranks(n, wrong)).pictures,
      ...evaluationOf(ranks(150, 0), { pictures: own }).pictures,
    ],
  });

  it('the pictures that both held back decide, where they are many', () => {
    const { top1 } = compare(shared(100, 8, 'after'), opponent(shared(100, 0, 'before')));
    expect(top1).toMatchObject({ passed: false, value: -0.08 });
    expect(top1.reason).toContain(
      'the sets differ; on the 100 pictures held back by both: 8 lost and 0 gained',
    );
  });

  it('the intervals decide, where they are few', () => {
    const { top1 } = compare(shared(99, 8, 'after'), opponent(shared(99, 0, 'before')));
    expect(top1.reason).toContain('96.8 % of 249 against 100.0 % of 249');
    expect(top1.reason).toContain('the sets of pictures differ and share too few, so the intervals decide');
    expect(top1.passed).toBe(false);
    const few = compare(
      evaluationOf(ranks(40, 6), { pictures: 'other' }),
      opponent(evaluationOf(ranks(40, 4))),
    );
    expect(few.top1).toMatchObject({ passed: true });
    expect(few.top1.reason).toMatch(/-5\.0 points, 95 % interval -20\.\d to 10\.\d/);
  });

  it('a picture under another label is another question', () => {
    const evaluation = evaluationOf(ranks(4, 0));
    const relabelled = { pictures: evaluation.pictures.map((picture) => ({ ...picture, label: 'pug' })) };
    expect(pairPictures(evaluation, relabelled).pairs).toHaveLength(1);
    expect(pairPictures(evaluation, evaluation)).toMatchObject({ isSameSet: true });
  });

  it('and the breeds do, is not judged by the intervals, and says so', () => {
    const labels = [...LABELS, { name: 'boxer', species: 'dog' as const }];
    const other = evaluationOf(ranks(100, 60), { pictures: 'other' });
    const { top1 } = compare(other, opponent(evaluationOf(ranks(100, 0))), { labels });
    expect(top1).toMatchObject({ passed: false, severity: 'warn' });
    expect(top1.reason).toContain('not judged: ');
    expect(rejections([top1])).toEqual([]);
  });
});

describe('where there is nothing to compare with', () => {
  const evaluation = evaluationOf(ranks(100, 10));

  it('a first version passes, and the reason says why', () => {
    const { top1 } = compare(evaluation, { version: null, none: 'nothing is in production to compare with' });
    expect(top1).toMatchObject({
      passed: true,
      value: null,
      reason: 'nothing is in production to compare with',
    });
  });

  it('production that can not be read is a warning, not a pass and not a wall', () => {
    const unreadable = `${VERSION} in production can't be read: gone`;
    for (const production of [{ version: VERSION, unreadable }, opponent({ unreadable })]) {
      const { top1 } = compare(evaluation, production);
      expect(top1).toMatchObject({ passed: false, severity: 'warn', reason: `not judged: ${unreadable}` });
    }
  });

  it('a version without pictures of its own is not judged, and rejected', () => {
    for (const nothing of [undefined, { pictures: [] }]) {
      const { top1 } = compare(nothing, opponent(evaluation));
      expect(top1).toMatchObject({ passed: false, severity: 'reject' });
    }
    const both = compare({ pictures: [] }, opponent({ pictures: [] }));
    expect(both.top1.passed).toBe(false);
  });
});

describe('labels', () => {
  const judge = (labels: Label[], production: Production, allowed: GateConfig['GATE_LABELS'] = 'same') =>
    labelsGate({ labels }, { production, allowed });
  const production = opponent({ pictures: [] });

  it('the same in the same order pass, with the hash of both', () => {
    const hash = labelsHash(LABELS);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(judge(LABELS, production)).toMatchObject({ passed: true, value: hash, threshold: hash });
  });

  it.each([
    ['new ones', [...LABELS, { name: 'boxer', species: 'dog' as const }], 'new: boxer'],
    ['one fewer', LABELS.slice(1), 'gone: Bengal'],
    ['another order', LABELS.toReversed(), 'the same names in another order or of another species'],
    [
      'another species',
      [{ name: 'Bengal', species: 'dog' as const }, ...LABELS.slice(1)],
      'of another species',
    ],
  ])('%s are rejected: labels changed', (_, labels, change) => {
    const gate = judge(labels, production);
    expect(gate).toMatchObject({ name: 'labels', passed: false, severity: 'reject' });
    expect(gate.reason).toContain('labels changed');
    expect(gate.reason).toContain(change);
    expect(judge(labels, production, 'any')).toMatchObject({
      passed: true,
      reason: expect.stringContaining('labels changed'),
    });
  });

  it('have nothing to be compared with in an empty registry', () => {
    expect(judge(LABELS, { version: null, none: 'nothing' })).toMatchObject({
      passed: true,
      value: labelsHash(LABELS),
    });
  });
});

// A starter that was trained anew has another version, which belongs on the list in core/starter.ts.
test('the model that comes with Pawprint is known as the starter', () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'starter', 'model', 'manifest.json'), 'utf8'));
  expect(isStarter(manifest.version)).toBe(true);
  expect(isStarter(VERSION)).toBe(false);
});
