/**
 * @module core/onnx/topology-entry
 * One layer, or one model, as the topology has it: the keys of Keras 2, Keras 3 and TensorFlow.js alike.
 */
import { InvalidModelError } from '../errors.ts';
import { shown } from './limits.ts';

export interface Entry {
  className: string;
  name: string;
  config: unknown;
  inboundNodes: unknown;
}

export const MODEL_CLASSES: ReadonlySet<string> = new Set(['Sequential', 'Functional', 'Model']);

/** The value under the key of Keras, or else under that of TensorFlow.js. */
export const field = (record: Record<string, unknown>, snake: string, camel: string) =>
  record[snake] ?? record[camel];

/** Throws {@link InvalidModelError} where it is no layer. */
export function readEntry(json: unknown): Entry {
  if (json === null || typeof json !== 'object') {
    throw new InvalidModelError(`modelTopology has a layer that is not an object: ${shown(json)}.`);
  }
  const record = json as Record<string, unknown>;
  const className = field(record, 'class_name', 'className');
  const config = record.config ?? {};
  const name = record.name ?? (config as { name?: unknown }).name;
  if (typeof className !== 'string') {
    throw new InvalidModelError(`modelTopology has a layer (${shown(name)}) without class_name.`);
  }
  const inboundNodes = field(record, 'inbound_nodes', 'inboundNodes');
  return { className, name: typeof name === 'string' ? name : className.toLowerCase(), config, inboundNodes };
}

/** The layers of a model; a Sequential's config may be the list itself. Throws where there are none. */
export function entriesOf(model: Entry): Entry[] {
  const list = Array.isArray(model.config) ? model.config : (model.config as { layers?: unknown }).layers;
  if (!Array.isArray(list) || list.length === 0) {
    throw new InvalidModelError(`The ${model.className} model "${model.name}" has no layers.`);
  }
  return list.map(readEntry);
}

/**
 * 3 for a topology of Keras 3, else 2, which TensorFlow.js follows: some names mean other functions in Keras 3. Where no
 * version is said, Keras 3 shows by objects that Keras 2 doesn't write.
 */
export function kerasVersionOf(record: Record<string, unknown>, model: unknown): 2 | 3 {
  const said = record.keras_version ?? (model as Record<string, unknown>).keras_version;
  if (typeof said === 'string') return Number.parseInt(said, 10) >= 3 ? 3 : 2;
  return /"class_name":"(__keras_tensor__|DTypePolicy)"/.test(JSON.stringify(model)) ? 3 : 2;
}
