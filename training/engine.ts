/**
 * @module training/engine
 * TensorFlow.js on the fastest engine present: TensorFlow's own library, else WebAssembly, else JavaScript.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as util from 'node:util';
import { ConfigurationError, messageOf } from '../core/errors.ts';

export type TensorFlow = typeof import('@tensorflow/tfjs');
export type EngineName = 'node' | 'wasm' | 'cpu';

export interface Engine {
  name: EngineName;
  tf: TensorFlow;
  /** One line for the first line of the output. */
  description: string;
}

/**
 * Loads TensorFlow.js. `auto` takes the first engine that works, in the order node, wasm, cpu; a named one is
 * loaded or {@link ConfigurationError} is thrown with the reason. `root` is the folder that holds `node_modules`.
 */
export async function loadEngine(wanted: EngineName | 'auto', { root }: { root: string }): Promise<Engine> {
  const require = createRequire(join(root, 'package.json'));
  const loaders: Record<EngineName, () => Promise<Engine>> = {
    node: () => loadNode(require),
    wasm: () => loadWasm(require),
    cpu: () => loadCpu(require),
  };
  const order: EngineName[] = wanted === 'auto' ? ['node', 'wasm', 'cpu'] : [wanted];
  let fault: unknown;
  for (const name of order) {
    try {
      return await loaders[name]();
    } catch (error) {
      fault = error;
    }
  }
  const remedy = wanted === 'node' ? ' npm run setup:tfjs-node completes it.' : '';
  const reason = messageOf(fault).split('\n')[0];
  throw new ConfigurationError(`The engine ${wanted} can't be loaded: ${reason}${remedy}`, { cause: fault });
}

async function loadNode(require: NodeJS.Require): Promise<Engine> {
  // tfjs-node 4.22 calls two functions of util that Node 22 warns of and Node 23 took out.
  const legacy = (util as unknown as { default: Record<string, unknown> }).default;
  legacy.isNullOrUndefined = (value: unknown) => value == null;
  legacy.isArray = Array.isArray;
  // TensorFlow tells of its CPU features on stderr at every start; warnings and errors still show.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '1';
  // Without its addon the package throws here.
  const tf = require('@tensorflow/tfjs-node') as TensorFlow & { version: Record<string, string> };
  await tf.ready();
  const backend = tf.backend() as unknown as {
    isUsingGpuDevice?: boolean;
    binding?: { TF_Version?: string };
  };
  const device = backend.isUsingGpuDevice ? 'GPU' : 'CPU';
  return {
    name: 'node',
    tf,
    description: `engine: node (TensorFlow ${backend.binding?.TF_Version ?? ''}, ${device})`,
  };
}

async function loadWasm(require: NodeJS.Require): Promise<Engine> {
  const tf = require('@tensorflow/tfjs') as TensorFlow;
  const wasm = require('@tensorflow/tfjs-backend-wasm') as typeof import('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  quieten(tf);
  if (!(await tf.setBackend('wasm'))) throw new Error('WebAssembly is not available');
  const simd = (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) ? ', SIMD' : '';
  return {
    name: 'wasm',
    tf,
    description: `engine: wasm (TensorFlow.js ${tf.version_core}${simd}; trains heads only)`,
  };
}

async function loadCpu(require: NodeJS.Require): Promise<Engine> {
  const tf = require('@tensorflow/tfjs') as TensorFlow;
  quieten(tf);
  await tf.setBackend('cpu');
  return {
    name: 'cpu',
    tf,
    description: `engine: cpu (TensorFlow.js ${tf.version_core} in plain JavaScript; slow)`,
  };
}

/** Keeps TensorFlow.js from advising tfjs-node in a box of seven lines: the engine's own line says it. */
function quieten(tf: TensorFlow): void {
  tf.env().set('PROD', true);
}
