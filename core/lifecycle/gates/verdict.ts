/**
 * @module core/lifecycle/gates/verdict
 * What the gates come to together.
 */
import type { Precision } from '../../manifest.ts';
import type { Gate } from '../../registry/schema.ts';

/** Name of the gate that a label set unlike production's doesn't pass. A person may promote a version all the same. */
export const LABELS_GATE = 'labels';

/** The gates that reject a version. Records of before there was a severity know no other kind. */
export function rejections(gates: readonly Gate[]): Gate[] {
  return gates.filter(({ passed, severity = 'reject' }) => !passed && severity === 'reject');
}

/**
 * What a version with these gates serves at, or null when it is rejected. int8 needs every gate about int8; float32 is
 * the model that was trained and serves otherwise. For what a person could promote a version at whose labels have
 * changed, leave out the gate {@link LABELS_GATE}.
 */
export function servingPrecision(gates: readonly Gate[]): Precision | null {
  if (rejections(gates).length > 0) return null;
  return int8Serves(gates) ? 'int8' : 'float32';
}

/** Whether nothing is against int8, whatever else is against the version. */
export function int8Serves(gates: readonly Gate[]): boolean {
  return gates.every(({ passed, severity }) => passed || severity !== 'precision');
}
