/**
 * @module scripts/tfjs-node/verify
 * Whether tfjs-node works, found out in a process of its own: an addon that doesn't fit can end it.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Loads the package, multiplies two matrices and tells the version of TensorFlow and the threads' device. */
const PROBE = `
const util = require('node:util');
util.isNullOrUndefined ??= (value) => value == null;
util.isArray ??= Array.isArray;
const tf = require('@tensorflow/tfjs-node');
const product = tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5, 6], [7, 8]])).dataSync();
if (product.join() !== '19,22,43,50') throw new Error('2 x 2 matrices give ' + product.join());
if (tf.getBackend() !== 'tensorflow') throw new Error('the backend is ' + tf.getBackend());
console.log(tf.backend().binding.TF_Version);
`;

/** The version of the TensorFlow library that tfjs-node under `root` runs on, or null where it doesn't work. */
export async function probeTfjsNode(root: string): Promise<string | null> {
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' };
  const probe = promisify(execFile)(process.execPath, ['-e', PROBE], { cwd: root, env, timeout: 60_000 });
  return probe.then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );
}
