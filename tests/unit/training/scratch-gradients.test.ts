import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, runNode, stopAll } from '../../helpers/processes.ts';

const ADDON = join(ROOT, 'node_modules', '@tensorflow', 'tfjs-node', 'lib', 'napi-v8', 'tfjs_binding.node');

afterAll(stopAll);

async function checkGradients(engine: string): Promise<Record<string, number>> {
  // A process of its own: TensorFlow reads the variable when it is loaded.
  const output = await runNode(['tests/helpers/check-gradients.ts', engine], { TF_ENABLE_ONEDNN_OPTS: '0' });
  return JSON.parse(output.trim().split('\n').at(-1)!);
}

const NAMES = [
  'conv2d by its input',
  'conv2d by its kernel',
  'maxPool by its input',
  'dense by its kernel',
  'softmax cross-entropy by its logits',
  'loss by conv_1/kernel',
  'loss by conv_3/bias',
  'loss by features/kernel',
  'loss by breeds/bias',
];

const engines = [['cpu', it] as const, ['node', existsSync(ADDON) ? it : it.skip] as const];
for (const [engine, test] of engines) {
  const needs = engine === 'node' ? ' (needs npm run setup:tfjs-node)' : '';
  test(`gradients on the engine ${engine} agree with finite differences${needs}`, async () => {
    const gaps = await checkGradients(engine);
    expect(Object.keys(gaps)).toEqual(expect.arrayContaining(NAMES));
    // Float32 has 6e-8; sums of some hundred products lose a digit.
    for (const [name, gap] of Object.entries(gaps)) expect([name, gap < 5e-6]).toEqual([name, true]);
  });
}
