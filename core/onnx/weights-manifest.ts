/**
 * @module core/onnx/weights-manifest
 * The weights of a `weightsManifest`, from the shards that it lists.
 */
import { InvalidModelError } from '../errors.ts';
import { decodeValues, storedType, type WeightSpec } from './dtypes.ts';
import type { WeightTensor } from './layers-model.ts';
import { checkWeightSpecs } from './weight-specs.ts';

/** Files that follow one another, and the tensors which they hold. */
export interface WeightsGroup {
  paths: string[];
  weights: WeightSpec[];
}

export interface StoredWeight extends WeightTensor {
  name: string;
}

const countOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

/** All weights, in the manifest's order and under its names. Throws {@link InvalidModelError} for a bad shard. */
export function readWeights(
  groups: readonly WeightsGroup[],
  shards: ReadonlyMap<string, Uint8Array>,
): StoredWeight[] {
  checkWeightSpecs(groups);
  return groups.flatMap((group) => readGroup(group, shards));
}

function readGroup(group: WeightsGroup, shards: ReadonlyMap<string, Uint8Array>): StoredWeight[] {
  const sizes = group.weights.map(byteLengthOf);
  const bytes = joinShards(group.paths, shards, countBytes(sizes));
  let offset = 0;
  return group.weights.map((spec, index) => {
    const values = decodeValues(spec, bytes.subarray(offset, offset + sizes[index]!));
    offset += sizes[index]!;
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new InvalidModelError(
        `The weight ${spec.name} holds ${values[bad]} at ${bad}: the training went wrong.`,
      );
    return { name: spec.name, shape: spec.shape, values };
  });
}

const countBytes = (sizes: readonly number[]) => sizes.reduce((sum, size) => sum + size, 0);

function byteLengthOf(spec: WeightSpec): number {
  const { dtype, bytesPerValue } = storedType(spec);
  if (bytesPerValue === 0) {
    throw new InvalidModelError(
      `The weight ${spec.name} is of the type ${dtype}, which can't be read. Save it as float32.`,
    );
  }
  return countOf(spec.shape) * bytesPerValue;
}

function joinShards(
  paths: readonly string[],
  shards: ReadonlyMap<string, Uint8Array>,
  expected: number,
): Uint8Array {
  const missing = paths.filter((path) => !shards.has(path));
  if (missing.length > 0) {
    throw new InvalidModelError(
      `The weights file ${missing.join(', ')} is missing: expected ${expected} bytes in ${paths.join(', ')}, found ${countBytes(paths.map((path) => shards.get(path)?.length ?? 0))}. Upload it again.`,
    );
  }
  const parts = paths.map((path) => shards.get(path)!);
  const found = countBytes(parts.map((part) => part.length));
  if (found !== expected) throw wrongLength(paths, parts, expected);
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

/** Shards are cut at equal lengths, only the last is shorter: so the one that breaks the rule is the bad one. */
function wrongLength(
  paths: readonly string[],
  parts: readonly Uint8Array[],
  expected: number,
): InvalidModelError {
  const last = parts.length - 1;
  const unit = Math.max(0, ...parts.slice(0, last).map((part) => part.length));
  const odd = parts.findIndex((part, index) => index < last && part.length !== unit);
  const bad = odd >= 0 ? odd : last;
  const wanted = odd >= 0 ? unit : expected - unit * last;
  const page = parts[bad]![0] === 0x3c ? ' It begins with "<": it may be an error page.' : '';
  const found = countBytes(parts.map((part) => part.length));
  const total = parts.length > 1 ? ` (${expected} and ${found} in all ${parts.length} files)` : '';
  return new InvalidModelError(
    `The weights file ${paths[bad]} has the wrong length: expected ${wanted} bytes, found ${parts[bad]!.length}${total}.${page} Upload it again.`,
  );
}
