/**
 * @module training/base/npy
 * NumPy's `.npy` files of float32 and float16 (format: numpy.lib.format, versions 1 to 3).
 */
import { InvalidModelError } from '../../core/errors.ts';
import { fromFloat16 } from '../../core/onnx/dtypes.ts';

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');

/** The array of a `.npy` file, in row-major order. Throws {@link InvalidModelError} that names `path`. */
export function readNpy(bytes: Uint8Array, path: string): { shape: number[]; values: Float32Array } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fail = (fault: string) => new InvalidModelError(`${path} ${fault}.`);
  if (buffer.length < 12 || !buffer.subarray(0, 6).equals(MAGIC)) throw fail('is not a .npy file');
  // Version 1 has a header length of 2 bytes, later ones of 4.
  const [start, length] = buffer[6] === 1 ? [10, buffer.readUInt16LE(8)] : [12, buffer.readUInt32LE(8)];
  const header = buffer.toString('latin1', start, start + length);
  const type = /'descr':\s*'([^']+)'/.exec(header)?.[1];
  const dimensions = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  if (type !== '<f4' && type !== '<f2')
    throw fail(`holds ${type ?? 'an unknown type'}; <f4 and <f2 are read`);
  if (dimensions === undefined) throw fail('tells no shape');
  if (/'fortran_order':\s*True/.test(header)) throw fail('is in Fortran order');
  const shape = dimensions
    .split(',')
    .filter((text) => text.trim() !== '')
    .map(Number);
  const count = shape.reduce((a, b) => a * b, 1);
  const size = type === '<f4' ? 4 : 2;
  const data = buffer.subarray(start + length);
  if (data.length !== count * size)
    throw fail(`has ${data.length} bytes of numbers, expected ${count * size}`);
  const read =
    size === 4
      ? (i: number) => data.readFloatLE(i * 4)
      : (i: number) => fromFloat16(data.readUInt16LE(i * 2));
  return { shape, values: Float32Array.from({ length: count }, (_, i) => read(i)) };
}
