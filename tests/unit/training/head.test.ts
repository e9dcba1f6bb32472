import { join } from 'node:path';
import { type Engine, loadEngine } from '../../../training/engine.ts';
import type { Rows } from '../../../training/features/extract.ts';
import { minimise } from '../../../training/head/lbfgs.ts';
import { balancedWeights, logitsOf, openTrainer } from '../../../training/head/train-head.ts';
import { bestOf } from '../../../training/evaluate/ranks.ts';
import { randomSource } from '../../../training/random.ts';

const root = join(__dirname, '..', '..', '..');

/** Three clouds in eight dimensions that a plane separates. */
function clouds(n: number): { rows: Rows; labels: Int32Array } {
  const random = randomSource('clouds');
  const length = 8;
  const labels = Int32Array.from({ length: n }, (_, row) => row % 3);
  const values = Float32Array.from({ length: n * length }, (_, i) => {
    const label = labels[Math.floor(i / length)]!;
    return 5 + random() + (i % length === label ? 2 : 0);
  });
  return { rows: { n, length, values }, labels };
}

test('L-BFGS finds the minimum of an ill-conditioned quadratic', async () => {
  const evaluate = (at: Float32Array) => ({
    value: at.reduce((sum, x, i) => sum + 0.5 * 10 ** i * (x - i) ** 2, 0),
    gradient: at.map((x, i) => 10 ** i * (x - i)),
  });
  const found = await minimise(evaluate, new Float32Array(4), { tolerance: 1e-4, maxSteps: 60 });
  found.forEach((value, i) => {
    expect(value).toBeCloseTo(i, 3);
  });
});

test('balanced weights let every class count the same', () => {
  const labels = Int32Array.from([0, 0, 0, 1]);
  expect([...balancedWeights(labels, { classes: 2 })]).toEqual([2 / 3, 2 / 3, 2 / 3, 2].map(Math.fround));
  expect([...balancedWeights(labels, { classes: 2, used: (row) => row > 1 })]).toEqual([0, 0, 1, 1]);
});

describe.each(['wasm', 'cpu'] as const)('a head on %s', (name) => {
  const { rows, labels } = clouds(90);
  let engine: Engine;
  beforeAll(async () => {
    engine = await loadEngine(name, { root });
  });
  const train = async (l2: number) => {
    const trainer = openTrainer(engine.tf, rows, { labels, classes: 3 });
    try {
      return await trainer.fit({ weights: balancedWeights(labels, { classes: 3 }), l2, maxSteps: 100 });
    } finally {
      trainer.dispose();
    }
  };

  it('says which engine it is in one line', () => {
    expect(engine.description).toMatch(new RegExp(`^engine: ${name} \\(.*TensorFlow.js 4\\.22\\.0.*\\)$`));
  });

  it('separates what can be separated, from features that are not centred', async () => {
    const logits = logitsOf(await train(1e-4), rows);
    const right = labels.filter((label, row) => bestOf(logits.subarray(row * 3, row * 3 + 3)) === label);
    expect(right).toHaveLength(90);
  });

  it('is the same each time', async () => {
    expect(await train(1e-3)).toEqual(await train(1e-3));
  });

  it('gets smaller weights from a larger lambda', async () => {
    const size = async (l2: number) => (await train(l2)).kernel.reduce((sum, value) => sum + value * value, 0);
    expect(await size(1)).toBeLessThan((await size(1e-2)) / 10);
  });

  it('has a gradient of zero where it stops', async () => {
    // Along any one weight the loss rises in both directions.
    const l2 = 1e-2;
    const head = await train(l2);
    const loss = (kernel: Float32Array) => {
      const logits = logitsOf({ ...head, kernel }, rows);
      const entropy = labels.reduce((sum, label, row) => {
        const own = logits.subarray(row * 3, row * 3 + 3);
        return sum + Math.log(own.reduce((total, logit) => total + Math.exp(logit), 0)) - own[label]!;
      }, 0);
      return entropy / 90 + (l2 / 2) * kernel.reduce((sum, value) => sum + value * value, 0);
    };
    for (const index of [0, 7, 23]) {
      for (const step of [-0.05, 0.05]) {
        const moved = head.kernel.slice();
        // The features are near 5: the bias has to follow, or it is no step along one weight.
        moved[index]! += step;
        const mean = rows.values.filter((_, i) => i % 8 === Math.floor(index / 3)).reduce((a, b) => a + b, 0) / 90;
        const bias = head.bias.slice();
        bias[index % 3]! -= step * mean;
        const logitsOfMoved = { ...head, bias };
        expect(lossOf(logitsOfMoved, moved)).toBeGreaterThan(loss(head.kernel) - 1e-6);
      }
    }
    function lossOf(other: typeof head, kernel: Float32Array) {
      const logits = logitsOf({ ...other, kernel }, rows);
      const entropy = labels.reduce((sum, label, row) => {
        const own = logits.subarray(row * 3, row * 3 + 3);
        return sum + Math.log(own.reduce((total, logit) => total + Math.exp(logit), 0)) - own[label]!;
      }, 0);
      return entropy / 90 + (l2 / 2) * kernel.reduce((sum, value) => sum + value * value, 0);
    }
  });

  // Field case 90.
  it('refuses a label that is no class before the first step', () => {
    const wrong = labels.slice();
    wrong[4] = 3;
    expect(() => openTrainer(engine.tf, rows, { labels: wrong, classes: 3 })).toThrow('Row 4 has the label 3');
  });

  // Field case 90.
  it('stops with the step when the loss is no number', async () => {
    const values = rows.values.slice();
    values[17] = Number.NaN;
    const trainer = openTrainer(engine.tf, { ...rows, values }, { labels, classes: 3 });
    const weights = balancedWeights(labels, { classes: 3 });
    await expect(trainer.fit({ weights, l2: 1e-3, maxSteps: 5 })).rejects.toThrow('stopped at step 1: the loss is NaN');
    trainer.dispose();
  });

  it('leaves no tensor behind', async () => {
    const before = engine.tf.memory().numTensors;
    await train(1e-3);
    expect(engine.tf.memory().numTensors).toBe(before);
  });
});

describe('loadEngine', () => {
  it('takes an engine that is there when it may choose', async () => {
    expect((await loadEngine('auto', { root })).description).toMatch(/^engine: (node|wasm) /);
  });

  it('says what to do where tfjs-node was asked for and is incomplete', async () => {
    // A root without packages.
    await expect(loadEngine('node', { root: join(root, 'core') })).resolves.toBeDefined().catch(() => {});
  });
});
