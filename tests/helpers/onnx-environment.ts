/**
 * @module tests/helpers/onnx-environment
 * Jest's Node environment, with the typed arrays and ArrayBuffer of the outer realm. The native binding of
 * onnxruntime makes its tensors in the outer realm and checks them with `instanceof`; under Jest's own
 * globals it fails with "a float32 tensor's data must be type of function Float32Array".
 */
import { TestEnvironment } from 'jest-environment-node';

const SHARED_GLOBALS = [
  'ArrayBuffer',
  'SharedArrayBuffer',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int8Array',
  'Uint16Array',
  'Int16Array',
  'Uint32Array',
  'Int32Array',
  'BigInt64Array',
  'BigUint64Array',
  'Float32Array',
  'Float64Array',
] as const;

export default class OnnxEnvironment extends TestEnvironment {
  override async setup(): Promise<void> {
    await super.setup();
    for (const name of SHARED_GLOBALS) {
      (this.global as Record<string, unknown>)[name] = globalThis[name];
    }
  }
}
