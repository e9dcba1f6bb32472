import type { Tensor } from '@tensorflow/tfjs';
import { type Engine, loadEngine } from '../../../training/engine.ts';
import { openReporter } from '../../../training/reporter.ts';
import { openAdam } from '../../../training/run/adam.ts';
import { ROOT } from '../../helpers/processes.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await loadEngine('cpu', { root: ROOT });
});

const start = [3, -2, 0.5, 0];

/** Steps down sum(scale * (x - 1)^2), and the values after each. */
function descend(steps: number, apply: 'ours' | 'TensorFlow.js'): number[] {
  const { tf } = engine;
  const variable = tf.variable(tf.tensor1d(start));
  const scale = tf.tensor1d([1, 10, 0.1, 1e-3]);
  const loss = () => variable.sub(1).square().mul(scale).sum().asScalar();
  const adam = openAdam(tf, new Map([['x', variable]]), { learningRate: 0.1 });
  const theirs = tf.train.adam(0.1);
  for (let step = 0; step < steps; step++) {
    const { value, grads } = tf.variableGrads(loss, [variable]);
    if (apply === 'ours') adam.step(grads);
    else theirs.applyGradients(grads as Record<string, Tensor> as never);
    tf.dispose([value, grads]);
  }
  adam.dispose();
  theirs.dispose();
  return [...variable.dataSync()];
}

test("Adam steps as TensorFlow.js' own does", () => {
  for (const steps of [1, 2, 30]) {
    const theirs = descend(steps, 'TensorFlow.js');
    descend(steps, 'ours').forEach((value, i) => {
      expect(value).toBeCloseTo(theirs[i]!, 4);
    });
    expect(theirs).not.toEqual(start);
  }
});

test('an epoch has a bar on a terminal only: its own line follows', () => {
  const written: string[] = [];
  const reporter = openReporter({ isTTY: false, write: (text) => written.push(text) });
  const run = (passing: boolean) => {
    const { onProgress, end } = reporter.progress('epoch', { passing });
    onProgress(5, 10);
    end();
  };
  run(true);
  expect(written).toEqual([]);
  run(false);
  expect(written.join('')).toContain('epoch: 5/10');
});
