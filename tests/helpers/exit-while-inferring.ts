/**
 * @module tests/helpers/exit-while-inferring
 * Ends its process while a thread is inside of ONNX Runtime.
 *
 *     node exit-while-inferring.ts serving|training MODEL.onnx HOW
 *
 * HOW is exit (process.exit), throw (an exception that nobody catches) or, in serving, return (by itself, after the run
 * was given up).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openWorkerSession } from '../../core/inference/worker/worker-session.ts';
import { openSessionPool } from '../../training/features/session-pool.ts';

/** Enough for some tenths of a second. */
const PICTURES = 200;

const [threads, model, how] = process.argv.slice(2);
const root = join(import.meta.dirname, '../..');
const onnx = readFileSync(model!);
const session =
  threads === 'serving'
    ? await openWorkerSession(onnx, {
        script: join(root, 'core/inference/worker/inference-thread.ts'),
        most: 1,
      })
    : await openSessionPool(onnx, { script: join(root, 'training/features/session-worker.ts'), threads: 1 });
const pixels = new Uint8Array(PICTURES * session.height * session.width * 3);

const start = performance.now();
await session.run(pixels, PICTURES);
const whole = performance.now() - start;
const stop = new AbortController();
const running = session.run(pixels, PICTURES, { signal: stop.signal });
setTimeout(() => {
  console.log(`a run takes ${Math.round(whole)} ms; ends by ${how}`);
  if (how === 'exit') process.exit(7);
  if (how === 'throw') throw new Error('nobody catches this');
  stop.abort(new Error('given up'));
}, whole / 4);
await running.catch((error: Error) => console.log(error.message));
