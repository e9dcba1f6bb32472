/**
 * @module training/scratch/class-weights
 * How much the pictures of each breed count in the loss.
 */
import { ConfigurationError } from '../../core/errors.ts';
import { balancedWeights } from '../head/train-head.ts';

/**
 * The weight of each class, from `none`, `balanced` (n / (C·n_c): every breed counts the same) or
 * `Breed=2,Other=0.5` (1 for those that aren't named). Throws {@link ConfigurationError} for a breed that isn't there
 * or a weight that is no number above 0.
 */
export function readClassWeights(
  text: string,
  { classes, labels }: { classes: readonly string[]; labels: Int32Array },
): Float32Array {
  const weights = new Float32Array(classes.length).fill(1);
  if (text === 'none') return weights;
  if (text === 'balanced') {
    const rows = balancedWeights(labels, { classes: classes.length });
    for (const [row, label] of labels.entries()) weights[label] = rows[row]!;
    return weights;
  }
  for (const part of text.split(',')) {
    const [name = '', value = ''] = part.split('=');
    const label = classes.indexOf(name.trim());
    if (label < 0) {
      throw new ConfigurationError(
        `--class-weights names ${JSON.stringify(name)}, which is no breed of these photographs: ${classes.join(', ')}.`,
      );
    }
    const weight = Number(value);
    if (!(weight > 0) || !Number.isFinite(weight)) {
      throw new ConfigurationError(
        `--class-weights gives ${name} the weight ${JSON.stringify(value)}, expected a number above 0.`,
      );
    }
    weights[label] = weight;
  }
  return weights;
}
