/**
 * @module core/onnx/input-shape
 * The shape of the network's input, under each key that Keras and TensorFlow.js have used for it.
 */
import { InvalidModelError } from '../errors.ts';

const WITH_BATCH = ['batch_shape', 'batchShape', 'batch_input_shape', 'batchInputShape', 'build_input_shape'];
const WITHOUT_BATCH = ['shape', 'input_shape', 'inputShape'];

type Dimension = number | null;

function shapeIn(config: unknown): Dimension[] | undefined {
  if (config === null || typeof config !== 'object') return undefined;
  const record = config as Record<string, unknown>;
  const withBatch = WITH_BATCH.map((key) => record[key]).find(Array.isArray);
  if (withBatch) return withBatch as Dimension[];
  const without = WITHOUT_BATCH.map((key) => record[key]).find(Array.isArray);
  return without ? [null, ...(without as Dimension[])] : undefined;
}

/**
 * The first shape, with the batch, that one of `candidates` declares; null stands for any size.
 *
 * @throws {InvalidModelError} that names the layer when none does
 */
export function declaredShape(layer: string, candidates: readonly { config: unknown }[]): Dimension[] {
  for (const { config } of candidates) {
    const shape = shapeIn(config);
    if (shape) return shape;
  }
  throw new InvalidModelError(
    `The input layer "${layer}" has no shape: one of ${[...WITH_BATCH, ...WITHOUT_BATCH].join(', ')} must be in its config.`,
  );
}
