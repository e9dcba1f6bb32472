/**
 * @module core/onnx/weight-specs
 * What a `weightsManifest` must be before a byte is read by it.
 */
import { z } from 'zod';
import { InvalidModelError } from '../errors.ts';
import { checkNesting, MOST_WEIGHTS, shown } from './limits.ts';

/** More values than this can't be in files of 2 GB. */
const MOST_VALUES = 2 ** 31;

const specSchema = z.object({
  name: z.string().min(1),
  shape: z.array(z.int().min(0)).max(8),
  dtype: z.string(),
  quantization: z
    .object({ dtype: z.string(), scale: z.number().optional(), min: z.number().optional() })
    .nullish(),
});

const groupSchema = z.object({ paths: z.array(z.string()).min(1), weights: z.array(z.unknown()) });

/**
 * Throws {@link InvalidModelError} for what is no weights manifest, names the weight or file that is wrong; among that a
 * weight or a file that is listed twice: a file of 20 MB listed 500 times would be read to 10 GB.
 */
export function checkWeightSpecs(groups: readonly unknown[]): void {
  checkNesting(groups, 'weightsManifest');
  const [paths, names] = [new Set<string>(), new Set<string>()];
  for (const group of groups) {
    const parsed = groupSchema.safeParse(group);
    if (!parsed.success)
      throw new InvalidModelError(`weightsManifest has a group without paths or weights: ${shown(group)}.`);
    for (const path of parsed.data.paths) addOnce(paths, path, 'The weights file');
    for (const weight of parsed.data.weights) addOnce(names, checkSpec(weight), 'The weight');
    if (names.size > MOST_WEIGHTS) {
      throw new InvalidModelError(`weightsManifest has more than ${MOST_WEIGHTS} weights.`);
    }
  }
}

/** The weight's name. */
function checkSpec(weight: unknown): string {
  const parsed = specSchema.safeParse(weight);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InvalidModelError(
      `weightsManifest has a weight that can't be read, ${shown(weight)}: ${issue!.path.join('.') || 'it'}: ${issue!.message}.`,
    );
  }
  const { name, shape } = parsed.data;
  const isHuge = shape.reduce((product, size) => product * Math.max(size, 1), 1) > MOST_VALUES;
  if (isHuge)
    throw new InvalidModelError(
      `The weight ${name} has the shape [${shape.join(', ')}], too large to be true.`,
    );
  return name;
}

function addOnce(known: Set<string>, name: string, what: string): void {
  if (known.has(name)) throw new InvalidModelError(`${what} ${name} is listed twice in weightsManifest.`);
  known.add(name);
}
