import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, loadEngine } from '../../../training/engine.ts';
import { bestOf } from '../../../training/evaluate/ranks.ts';
import type { Rows } from '../../../training/features/rows.ts';
import { minimise } from '../../../training/head/lbfgs.ts';
import { balancedWeights, logitsOf, openTrainer } from '../../../training/head/train-head.ts';
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
    expect(engine.description).toMatch(
      new RegExp(`^engine: ${name} \\(TensorFlow.* \\d+\\.\\d+\\.\\d+.*\\)$`),
    );
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
    const size = async (l2: number) =>
      (await train(l2)).kernel.reduce((sum, value) => sum + value * value, 0);
    expect(await size(1)).toBeLessThan((await size(1e-2)) / 10);
  });

  it('has the lowest loss at its end', async () => {
    const l2 = 1e-2;
    const head = await train(l2);
    const lossOf = ({ kernel, bias }: { kernel: Float32Array; bias: Float32Array }) => {
      const logits = logitsOf({ ...head, kernel, bias }, rows);
      const entropy = labels.reduce((sum, label, row) => {
        const own = logits.subarray(row * 3, row * 3 + 3);
        return sum + Math.log(own.reduce((total, logit) => total + Math.exp(logit), 0)) - own[label]!;
      }, 0);
      return entropy / 90 + (l2 / 2) * kernel.reduce((sum, value) => sum + value * value, 0);
    };
    const lowest = lossOf(head);
    const random = randomSource('directions');
    for (let i = 0; i < 20; i++) {
      const kernel = head.kernel.map((value) => value + 0.1 * (random() - 0.5));
      const bias = head.bias.map((value) => value + 0.1 * (random() - 0.5));
      expect(lossOf({ kernel, bias })).toBeGreaterThan(lowest);
    }
  });

  // Field case 90.
  it('refuses a label that is no class before the first step', () => {
    const wrong = labels.slice();
    wrong[4] = 3;
    expect(() => openTrainer(engine.tf, rows, { labels: wrong, classes: 3 })).toThrow(
      'Row 4 has the label 3',
    );
  });

  // Field case 90.
  it('stops with the step when the loss is no number', async () => {
    const values = rows.values.slice();
    values[17] = Number.NaN;
    const trainer = openTrainer(engine.tf, { ...rows, values }, { labels, classes: 3 });
    const weights = balancedWeights(labels, { classes: 3 });
    await expect(trainer.fit({ weights, l2: 1e-3, maxSteps: 5 })).rejects.toThrow(
      'stopped at step 1: the loss is NaN',
    );
    trainer.dispose();
  });

  it('leaves no tensor behind', async () => {
    const before = engine.tf.memory().numTensors;
    await train(1e-3);
    expect(engine.tf.memory().numTensors).toBe(before);
  });
});

describe('loadEngine', () => {
  it('goes on with WebAssembly where tfjs-node is not there', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'pawprint-engine-'));
    mkdirSync(join(elsewhere, 'node_modules', '@tensorflow'), { recursive: true });
    for (const name of ['tfjs', 'tfjs-backend-wasm']) {
      const path = join('node_modules', '@tensorflow', name);
      symlinkSync(join(root, path), join(elsewhere, path));
    }
    expect((await loadEngine('auto', { root: elsewhere })).name).toBe('wasm');
    rmSync(elsewhere, { recursive: true });
  });

  it('says what to do where tfjs-node was asked for and is not there', async () => {
    const elsewhere = loadEngine('node', { root: tmpdir() });
    await expect(elsewhere).rejects.toThrow("The engine node can't be loaded");
    await expect(elsewhere).rejects.toThrow('npm run setup:tfjs-node');
  });
});
