/** Gates: what a version has to reach whatever is in production. */
import { type GateConfig, parseGateConfig } from '../../../../core/config.ts';
import type { EvaluatedPicture, Evaluation } from '../../../../core/evaluation.ts';
import { floorGates } from '../../../../core/lifecycle/gates/floors.ts';
import type { Gate } from '../../../../core/registry/schema.ts';
import { anEvaluation, TINY_LABELS as LABELS } from '../../../helpers/evaluations.ts';

const SETTINGS: GateConfig = parseGateConfig({});
const NOTHING: Evaluation = { pictures: [] };

function pictures(label: string, { n, right, salt = 'a' }: { n: number; right: number; salt?: string }) {
  const other = LABELS.find(({ name }) => name !== label)!.name;
  return anEvaluation({ labels: LABELS, n, pictures: `${label} ${salt}` }).pictures.map(
    ({ sha256 }, i): EvaluatedPicture => {
      const rank = i < right ? 1 : 2;
      const predicted = i < right ? label : other;
      return {
        sha256,
        label,
        rank: { float32: rank, int8: rank },
        predicted: { float32: predicted, int8: predicted },
      };
    },
  );
}

describe('floors', () => {
  const judge = (evaluation: Evaluation, settings = SETTINGS, labels = LABELS) => {
    const gates = floorGates(evaluation, { labels, precision: 'int8', settings });
    return Object.fromEntries(gates.map((gate) => [gate.name, gate])) as Record<string, Gate>;
  };

  it('pass a model like the starter, and refuse one that is right on 28 of 100', () => {
    expect(Object.values(judge(anEvaluation({ labels: LABELS }))).map(({ passed }) => passed)).toEqual([
      true,
      true,
      true,
    ]);
    const ranks = Array.from({ length: 100 }, (_, i) => (i < 28 ? 1 : i < 53 ? 3 : 4));
    const poor = judge(anEvaluation({ labels: LABELS, ranks }));
    expect(poor['top-1']).toMatchObject({ passed: false, value: 0.28, threshold: 0.75 });
    expect(poor['top-3']).toMatchObject({ passed: false, value: 0.53, threshold: 0.92 });
    expect(poor['top-1']!.reason).toContain(
      '28.0 % on 100 pictures held back (95 % interval 20.1 % to 37.5 %, int8)',
    );
  });

  it('are of the precision that serves', () => {
    const ranks = { float32: [1], int8: [1, 2] };
    expect(judge(anEvaluation({ labels: LABELS, ranks }))['top-1']).toMatchObject({
      passed: false,
      value: 0.5,
    });
  });

  it('are settings, and the very share passes', () => {
    const evaluation = anEvaluation({ labels: LABELS });
    expect(judge(evaluation, { ...SETTINGS, GATE_MIN_TOP1: 0.9 })['top-1']!.passed).toBe(true);
    expect(judge(evaluation, { ...SETTINGS, GATE_MIN_TOP1: 0.91 })['top-1']!.passed).toBe(false);
  });

  it('have nothing to judge by without pictures, and are not passed', () => {
    for (const gates of [floorGates(NOTHING, { labels: LABELS, precision: 'int8', settings: SETTINGS })]) {
      expect(gates.map(({ passed }) => passed)).toEqual([false, false, false]);
      expect(gates[0]!.reason).toBe('not judged: there are no pictures held back');
    }
  });

  it('refuse a breed that even luck does not explain, by its name', () => {
    const evaluation = {
      pictures: [...pictures('Bengal', { n: 300, right: 300 }), ...pictures('pug', { n: 30, right: 8 })],
    };
    const { recall } = { recall: judge(evaluation)['recall of each breed']! };
    expect(recall.passed).toBe(false);
    expect(recall.reason).toContain('pug (8 of 30 right, at most 44.4 %)');
    expect(recall.reason).toContain('no picture held back of Siamese, beagle');
    expect(judge(evaluation)['top-1']!.passed).toBe(true);
  });

  it('let a breed pass that is low but may be so by chance', () => {
    const evaluation = {
      pictures: [...pictures('Bengal', { n: 300, right: 300 }), ...pictures('pug', { n: 12, right: 4 })],
    };
    expect(judge(evaluation)['recall of each breed']).toMatchObject({ passed: true });
  });

  it('pool small breeds by species: what none shows alone, they show together', () => {
    const small = (right: number) => [
      ...pictures('beagle', { n: 9, right }),
      ...pictures('pug', { n: 9, right }),
      ...pictures('Bengal', { n: 60, right: 60 }),
    ];
    const recall = judge({ pictures: small(2) })['recall of each breed']!;
    expect(recall.passed).toBe(false);
    expect(recall.reason).toContain('small breeds of dog (4 of 18 right');
    // 2 of 9 alone are 54.7 % at most.
    const alone = judge({
      pictures: [...pictures('pug', { n: 9, right: 2 }), ...pictures('Bengal', { n: 60, right: 60 })],
    });
    expect(alone['recall of each breed']!.passed).toBe(true);
  });

  it('pool the small breeds of all species where those of one are still few', () => {
    const evaluation = {
      pictures: [...pictures('beagle', { n: 6, right: 1 }), ...pictures('Siamese', { n: 6, right: 1 })],
    };
    expect(judge(evaluation)['recall of each breed']!.reason).toContain(
      'small breeds together (2 of 12 right',
    );
  });
});
