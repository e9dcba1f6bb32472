/**
 * @module scripts/bench-train/head
 * A step of the head: the loss and its gradient over all rows, as L-BFGS asks for them.
 */
import type { Engine } from '../../training/engine.ts';
import type { Rows } from '../../training/features/rows.ts';
import { openRegression } from '../../training/head/softmax-regression.ts';
import { balancedWeights } from '../../training/head/train-head.ts';
import { fastRandom } from './random.ts';
import { median, timeInTurn } from './rounds.ts';

export interface HeadTimes {
  milliseconds: number;
  /** Of the two products of matrices. */
  gigaflops: number;
}

/** The rows of the pets: 1,813 photographs in six views. */
export const HEAD_SIZE = { n: 10_878, features: 1_280, classes: 37 } as const;

export async function benchHead({ tf }: Engine, { rounds }: { rounds: number }): Promise<HeadTimes> {
  const { n, features, classes } = HEAD_SIZE;
  const random = fastRandom(1);
  const rows: Rows = { n, length: features, values: Float32Array.from({ length: n * features }, random) };
  const labels = Int32Array.from({ length: n }, (_, row) => row % classes);
  const regression = openRegression(tf, rows, {
    labels,
    classes,
    centre: new Float32Array(features).fill(0.5),
  });
  const objective = regression.objective(balancedWeights(labels, { classes }), 1e-3);
  const point = Float32Array.from({ length: regression.size }, () => 0.01 * (random() - 0.5));
  try {
    const times = await timeInTurn({ step: async () => objective.evaluate(point) }, { rounds, warmUp: 3 });
    const milliseconds = median(times.get('step')!.milliseconds);
    return { milliseconds, gigaflops: (4 * n * features * classes) / milliseconds / 1e6 };
  } finally {
    objective.dispose();
    regression.dispose();
  }
}
