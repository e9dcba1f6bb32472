/**
 * @module core/onnx/dtypes
 * Weights as the TensorFlow.js converter stores them, as float32.
 */

/** What a weights manifest says of one tensor. */
export interface WeightSpec {
  name: string;
  shape: readonly number[];
  dtype: string;
  quantization?: { dtype: string; scale?: number; min?: number; original_dtype?: string };
}

const BYTES: Record<string, number> = { float32: 4, int32: 4, float16: 2, uint16: 2, uint8: 1, bool: 1 };

/** The type that the bytes have, and how many bytes a value takes; 0 for a type that isn't read. */
export function storedType(spec: WeightSpec): { dtype: string; bytesPerValue: number } {
  const dtype = spec.quantization?.dtype ?? spec.dtype;
  return { dtype, bytesPerValue: Object.hasOwn(BYTES, dtype) ? BYTES[dtype]! : 0 };
}

/** IEEE 754 binary16, as float32. */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The float32 values of `bytes`, which hold exactly the tensor that `spec` describes. */
export function decodeValues(spec: WeightSpec, bytes: Uint8Array): Float32Array {
  const { dtype } = storedType(spec);
  // A copy that begins at an address which typed arrays take (`slice` of a Buffer would be a view into a larger
  // one); the machines that run this are little endian.
  const buffer = new Uint8Array(bytes).buffer;
  if (dtype === 'float32') return new Float32Array(buffer);
  if (dtype === 'int32') return Float32Array.from(new Int32Array(buffer));
  if (dtype === 'float16') return Float32Array.from(new Uint16Array(buffer), fromFloat16);
  const whole = dtype === 'uint16' ? new Uint16Array(buffer) : new Uint8Array(buffer);
  if (!spec.quantization) return Float32Array.from(whole);
  const { scale = 1, min = 0 } = spec.quantization;
  return Float32Array.from(whole, (value) => value * scale + min);
}
