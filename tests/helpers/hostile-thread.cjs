/**
 * A thread that speaks as one of inference does, and misbehaves as the first of the pixels says. Its answer's first
 * logit is that pixel; its second is how many runs the thread has had.
 *
 *     0 answers    1 ends itself    2 throws    3 fills its memory    4 takes LONG_MS    5 answers with a fault
 *
 * The model's first byte decides how it begins: 0 opens, 1 dies, 2 has an invalid model.
 */
'use strict';
const { parentPort, workerData } = require('node:worker_threads');

const LONG_MS = 400;
const phases = new Int32Array(workerData.phase);
let runs = 0;

/** Blocks the thread, as native code does. */
function work(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

const behaviours = {
  1: () => process.exit(3),
  2: () => {
    throw new Error('thrown in the thread');
  },
  3: () => {
    const kept = [];
    for (;;) kept.push(new Array(100_000).fill({}));
  },
  4: () => work(LONG_MS),
};

const [how] = new Uint8Array(workerData.onnx);
if (how === 1) process.exit(1);
if (how === 2) parentPort.postMessage({ fault: 'not a graph', isInvalidModel: true });
else parentPort.postMessage({ opened: { height: 1, width: 1, outputSizes: { logits: 2, features: 1 } } });

parentPort.on('message', (request) => {
  if (request === 'end') return parentPort.close();
  const [command] = request.pixels;
  Atomics.store(phases, 0, 1);
  behaviours[command]?.();
  Atomics.store(phases, 0, 0);
  Atomics.notify(phases, 0);
  if (command === 5) return parentPort.postMessage({ fault: 'no such operator', isInvalidModel: false });
  const outputs = { logits: Float32Array.of(command, ++runs), features: Float32Array.of(0) };
  parentPort.postMessage({ outputs });
});
