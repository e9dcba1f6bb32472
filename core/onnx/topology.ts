/**
 * @module core/onnx/topology
 * The layers of a Keras topology in topological order; models within the model are put in their place.
 */
import { InvalidModelError } from '../errors.ts';
import { inboundCalls, tensorReferences } from './inbound-nodes.ts';
import { declaredShape } from './input-shape.ts';
import { orderLayers } from './layer-order.ts';
import type { Layer } from './layers-model.ts';
import { checkNesting, MOST_LAYERS, shown } from './limits.ts';
import { type Entry, entriesOf, field, kerasVersionOf, MODEL_CLASSES, readEntry } from './topology-entry.ts';

interface Part {
  layers: Layer[];
  output: string;
}

/** Where a model is: what its layers' names begin with, and the layer that feeds it; the outermost has none. */
interface Place {
  prefix: string;
  feed: string | undefined;
  kerasVersion: 2 | 3;
}

/**
 * The layers of a `modelTopology` as TensorFlow.js or the Keras converter writes it.
 *
 * @throws {InvalidModelError} that names the layer which makes no sense
 */
export function readTopology(modelTopology: unknown): Part {
  checkNesting(modelTopology, 'modelTopology');
  const record = modelTopology as Record<string, unknown>;
  const json = parsed(field(record, 'model_config', 'modelConfig') ?? record);
  const model = readEntry(json);
  if (!MODEL_CLASSES.has(model.className)) {
    throw new InvalidModelError(
      `The model is of the class ${shown(model.className)}; ${[...MODEL_CLASSES].join(', ')} can be converted.`,
    );
  }
  const part = expandModel(model, {
    prefix: '',
    feed: undefined,
    kerasVersion: kerasVersionOf(record, json),
  });
  checkLayers(part.layers);
  return part;
}

/** Some files hold the model as a text of JSON within the JSON. */
function parsed(json: unknown): unknown {
  if (typeof json !== 'string') return json;
  try {
    const value: unknown = JSON.parse(json);
    checkNesting(value, 'model_config');
    return value;
  } catch (error) {
    if (error instanceof InvalidModelError) throw error;
    throw new InvalidModelError('The model_config of modelTopology is not valid JSON.', { cause: error });
  }
}

/** What holds for the whole network only. */
function checkLayers(layers: readonly Layer[]): void {
  if (layers.length > MOST_LAYERS) {
    throw new InvalidModelError(
      `The model has ${layers.length} layers; at most ${MOST_LAYERS} can be converted.`,
    );
  }
  const names = new Set<string>();
  for (const { name } of layers) {
    if (names.has(name)) throw twice(name);
    names.add(name);
  }
  const inputs = layers.filter((layer) => layer.className === 'InputLayer').map(({ name }) => `"${name}"`);
  if (inputs.length !== 1) {
    throw new InvalidModelError(
      `The model has ${inputs.length} input layers (${inputs.slice(0, 5).join(', ') || 'none'}); a model of one picture in can be converted.`,
    );
  }
}

const twice = (name: string) =>
  new InvalidModelError(`Two layers are called "${name}". Give each layer a name of its own.`);

function expandModel(model: Entry, place: Place): Part {
  return model.className === 'Sequential' ? expandSequential(model, place) : expandFunctional(model, place);
}

/** A layer as it is, or the layers of a nested model. */
function expandLayer(entry: Entry, { prefix, kerasVersion }: Place, inputs: string[]): Part {
  const { className, config } = entry;
  const name = prefix + entry.name;
  if (!MODEL_CLASSES.has(className)) {
    if (config === null || typeof config !== 'object' || Array.isArray(config)) {
      throw new InvalidModelError(
        `Layer "${name}" (${className}): its config is ${shown(config)}, no object.`,
      );
    }
    const layer: Layer = { name, className, config: config as Record<string, unknown>, inputs };
    return { layers: [kerasVersion === 3 ? { ...layer, kerasVersion } : layer], output: name };
  }
  if (inputs.length > 1) {
    throw new InvalidModelError(
      `The model "${name}" within the model has ${inputs.length} inputs; one can be converted.`,
    );
  }
  return expandModel(entry, { prefix: `${name}/`, feed: inputs[0], kerasVersion });
}

function inputLayer(name: string, shapeGivers: Entry[]): Layer {
  const batch_shape = declaredShape(name, shapeGivers);
  return { name, className: 'InputLayer', config: { name, batch_shape }, inputs: [] };
}

function expandSequential(model: Entry, place: Place): Part {
  const { prefix, feed } = place;
  const entries = entriesOf(model);
  const layers: Layer[] = [];
  let previous = feed;
  for (const entry of entries) {
    if (entry.className === 'InputLayer') {
      if (previous === undefined) {
        previous = prefix + entry.name;
        layers.push(inputLayer(previous, entries));
      }
      continue;
    }
    if (previous === undefined && !MODEL_CLASSES.has(entry.className)) {
      previous = `${prefix}${entry.name}_input`;
      layers.push(inputLayer(previous, [entry, model]));
    }
    const part = expandLayer(entry, place, previous === undefined ? [] : [previous]);
    for (const layer of part.layers) layers.push(layer);
    previous = part.output;
  }
  return { layers, output: previous! };
}

function expandFunctional(model: Entry, place: Place): Part {
  const { prefix, feed } = place;
  const entries = entriesOf(model);
  const byName = new Map<string, Entry>();
  for (const entry of entries) {
    if (byName.has(entry.name)) throw twice(prefix + entry.name);
    byName.set(entry.name, entry);
  }
  const config = model.config as Record<string, unknown>;
  const inputNames = tensorReferences(field(config, 'input_layers', 'inputLayers'));
  const outputNames = tensorReferences(field(config, 'output_layers', 'outputLayers'));
  if (inputNames.length !== 1 || outputNames.length !== 1) {
    throw new InvalidModelError(
      `The model "${prefix}${model.name}" has ${inputNames.length} inputs and ${outputNames.length} outputs; a model of one picture in and one answer out can be converted.`,
    );
  }

  const inputsOf = new Map<string, string[]>();
  const order = orderLayers(outputNames[0]!, (name, reader) => {
    const entry = byName.get(name);
    if (!entry) {
      const who =
        reader === undefined ? `The model "${prefix}${model.name}" ends in` : fedBy(prefix + reader);
      throw new InvalidModelError(`${who} "${name}", which the model lacks.`);
    }
    inputsOf.set(name, feedersOf(entry, prefix));
    return inputsOf.get(name)!;
  });

  const outputOf = new Map<string, string>();
  const layers: Layer[] = [];
  for (const name of order) {
    const entry = byName.get(name)!;
    if (entry.className === 'InputLayer') {
      if (feed === undefined) layers.push(inputLayer(prefix + name, [entry, ...entries]));
      outputOf.set(name, feed ?? prefix + name);
      continue;
    }
    const part = expandLayer(
      entry,
      place,
      inputsOf.get(name)!.map((input) => outputOf.get(input)!),
    );
    for (const layer of part.layers) layers.push(layer);
    outputOf.set(name, part.output);
  }
  return { layers, output: outputOf.get(outputNames[0]!)! };
}

const fedBy = (name: string) => `Layer "${name}" is fed by`;

/** The layers that feed one, by their names within its model; none for an input. */
function feedersOf(entry: Entry, prefix: string): string[] {
  if (entry.className === 'InputLayer') return [];
  const calls = inboundCalls(entry.inboundNodes);
  if (calls.length !== 1) {
    throw new InvalidModelError(
      `Layer "${prefix}${entry.name}" (${entry.className}) is called ${calls.length} times; layers that are called once can be converted. Make a layer for each place.`,
    );
  }
  if (calls[0]!.length === 0) {
    throw new InvalidModelError(`${fedBy(prefix + entry.name)} no layer: its inbound_nodes name none.`);
  }
  return calls[0]!;
}
