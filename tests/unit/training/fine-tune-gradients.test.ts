/** In a child process: tfjs-node is a native addon, and oneDNN, which rounds more coarsely, is shut off for a process. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, runNode } from '../../helpers/processes.ts';

const ADDON = join(ROOT, 'node_modules', '@tensorflow', 'tfjs-node', 'lib', 'napi-v8', 'tfjs_binding.node');

interface Answer {
  loss: number;
  reference: number;
  after: number;
  differences: Record<string, number>;
  tensors: number[];
  parts: { apart: number; largest: number };
}

(existsSync(ADDON) ? describe : describe.skip)(
  'fine-tuning on tfjs-node (needs npm run setup:tfjs-node)',
  () => {
    let answer: Answer;
    beforeAll(async () => {
      const script = join('tests', 'helpers', 'fine-tune-gradients.ts');
      const output = await runNode([script], { TF_ENABLE_ONEDNN_OPTS: '0' });
      answer = JSON.parse(output.trim().split('\n').at(-1)!) as Answer;
    }, 60_000);

    it('has the loss of a computation in float64', () => {
      expect(answer.loss / answer.reference).toBeCloseTo(1, 6);
    });

    it('has gradients that agree with central differences in float64, for every weight but depthwise kernels', () => {
      const { differences } = answer;
      expect(Object.keys(differences)).toEqual([
        ...[
          'expand_16/kernel',
          'expand_16/bias',
          'depthwise_16/bias',
          'project_16/kernel',
          'project_16/bias',
        ],
        ...[
          'expand_16b/kernel',
          'expand_16b/bias',
          'depthwise_16b/bias',
          'project_16b/kernel',
          'project_16b/bias',
        ],
        ...['wide/kernel', 'wide/bias', 'last/kernel', 'last/bias', 'breeds/kernel', 'breeds/bias'],
      ]);
      for (const [name, difference] of Object.entries(differences)) {
        expect([name, difference < 2e-6]).toEqual([name, true]);
      }
    });

    it('learns, and holds no more tensors after twenty steps than after one', () => {
      expect(answer.after).toBeLessThan(0.8 * answer.loss);
      expect(new Set(answer.tensors).size).toBe(1);
    });

    it('is the whole base again where trunk and upper part follow each other', () => {
      expect(answer.parts.largest).toBeGreaterThan(0.1);
      expect(answer.parts.apart).toBeLessThan(1e-5);
    });
  },
);
