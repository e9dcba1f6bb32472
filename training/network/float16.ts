/**
 * @module training/network/float16
 * IEEE 754 half precision, in which weights are saved: half the size, 11 significant bits.
 */
import { fromFloat16 } from '../../core/onnx/dtypes.ts';

const scratch = new DataView(new ArrayBuffer(4));

/** The 16 bits of the half-precision number nearest to `value`, ties to even; infinity above 65,504. */
export function float16Bits(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 127 + 15;
  const mantissa = bits & 0x7fffff;
  if (exponent === 0xff - 127 + 15) return sign | 0x7c00 | (mantissa ? 0x200 : 0);
  if (exponent >= 31) return sign | 0x7c00;
  if (exponent <= 0) {
    // Subnormal: the implicit one becomes explicit and moves right. Below half the smallest one it is zero.
    if (exponent < -10) return sign;
    return sign | roundShift(mantissa | 0x800000, 14 - exponent);
  }
  // A mantissa that rounds up to 2^10 carries into the exponent, which is what it should do.
  return sign | ((exponent << 10) + roundShift(mantissa, 13));
}

/** Each value as it is after it was saved in half precision. */
export function roundToFloat16(values: Float32Array): Float32Array {
  return values.map((value) => fromFloat16(float16Bits(value)));
}

function roundShift(value: number, shift: number): number {
  const kept = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  const roundsUp = rest > half || (rest === half && (kept & 1) === 1);
  return roundsUp ? kept + 1 : kept;
}
