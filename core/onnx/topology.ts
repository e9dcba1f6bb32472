/**
 * @module core/onnx/topology
 * The layers of a Keras topology in topological order; models within the model are put in their place.
 */
import { InvalidModelError } from '../errors.ts';
import { inboundCalls, tensorReferences } from './inbound-nodes.ts';
import { declaredShape } from './input-shape.ts';
import type { Layer } from './layers-model.ts';

interface Entry {
  className: string;
  name: string;
  config: unknown;
  inboundNodes: unknown;
}

interface Part {
  layers: Layer[];
  output: string;
}

const MODEL_CLASSES = new Set(['Sequential', 'Functional', 'Model']);

const field = (record: Record<string, unknown>, snake: string, camel: string) =>
  record[snake] ?? record[camel];

function readEntry(json: unknown): Entry {
  if (json === null || typeof json !== 'object') {
    throw new InvalidModelError('modelTopology has a layer that is not an object.');
  }
  const record = json as Record<string, unknown>;
  const className = field(record, 'class_name', 'className');
  const config = record.config ?? {};
  const name = record.name ?? (config as { name?: unknown }).name;
  if (typeof className !== 'string') {
    throw new InvalidModelError(`modelTopology has a layer (${JSON.stringify(name)}) without class_name.`);
  }
  const inboundNodes = field(record, 'inbound_nodes', 'inboundNodes');
  return { className, name: typeof name === 'string' ? name : className.toLowerCase(), config, inboundNodes };
}

/** The layers of a `modelTopology` as TensorFlow.js or the Keras converter writes it. */
export function readTopology(modelTopology: unknown): Part {
  let json = modelTopology as Record<string, unknown>;
  json = (field(json, 'model_config', 'modelConfig') ?? json) as Record<string, unknown>;
  if (typeof json === 'string') json = JSON.parse(json);
  const model = readEntry(json);
  if (!MODEL_CLASSES.has(model.className)) {
    throw new InvalidModelError(
      `The model is of the class ${model.className}; ${[...MODEL_CLASSES].join(', ')} can be converted.`,
    );
  }
  return expandModel(model, '', undefined);
}

/** The layers of a model. `feed` is the layer that feeds a nested one, undefined for the outermost. */
function expandModel(model: Entry, prefix: string, feed: string | undefined): Part {
  return model.className === 'Sequential'
    ? expandSequential(model, prefix, feed)
    : expandFunctional(model, prefix, feed);
}

function entriesOf(model: Entry): Entry[] {
  const list = Array.isArray(model.config) ? model.config : (model.config as { layers?: unknown }).layers;
  if (!Array.isArray(list) || list.length === 0) {
    throw new InvalidModelError(`The ${model.className} model "${model.name}" has no layers.`);
  }
  return list.map(readEntry);
}

/** A layer as it is, or the layers of a nested model. */
function expandLayer(entry: Entry, prefix: string, inputs: string[]): Part {
  const name = prefix + entry.name;
  if (!MODEL_CLASSES.has(entry.className)) {
    const layer = {
      name,
      className: entry.className,
      config: entry.config as Record<string, unknown>,
      inputs,
    };
    return { layers: [layer], output: name };
  }
  if (inputs.length > 1) {
    throw new InvalidModelError(
      `The model "${name}" within the model has ${inputs.length} inputs; one can be converted.`,
    );
  }
  return expandModel(entry, `${name}/`, inputs[0]);
}

function inputLayer(name: string, shapeGivers: Entry[]): Layer {
  const batch_shape = declaredShape(name, shapeGivers);
  return { name, className: 'InputLayer', config: { name, batch_shape }, inputs: [] };
}

function expandSequential(model: Entry, prefix: string, feed: string | undefined): Part {
  const layers: Layer[] = [];
  let previous = feed;
  for (const entry of entriesOf(model)) {
    if (entry.className === 'InputLayer') {
      if (previous === undefined) {
        previous = prefix + entry.name;
        layers.push(inputLayer(previous, entriesOf(model)));
      }
      continue;
    }
    if (previous === undefined && !MODEL_CLASSES.has(entry.className)) {
      previous = `${prefix}${entry.name}_input`;
      layers.push(inputLayer(previous, [entry, model]));
    }
    const part = expandLayer(entry, prefix, previous === undefined ? [] : [previous]);
    layers.push(...part.layers);
    previous = part.output;
  }
  return { layers, output: previous! };
}

function expandFunctional(model: Entry, prefix: string, feed: string | undefined): Part {
  const entries = entriesOf(model);
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const outputOf = new Map<string, string>();
  const layers: Layer[] = [];
  const config = model.config as Record<string, unknown>;
  const inputNames = tensorReferences(field(config, 'input_layers', 'inputLayers'));
  const outputNames = tensorReferences(field(config, 'output_layers', 'outputLayers'));
  if (inputNames.length !== 1 || outputNames.length !== 1) {
    throw new InvalidModelError(
      `The model "${prefix}${model.name}" has ${inputNames.length} inputs and ${outputNames.length} outputs; a model of one picture in and one answer out can be converted.`,
    );
  }

  // Depth first, so that each layer comes after its inputs even where the file lists them otherwise.
  const visit = (name: string, path: readonly string[]): string => {
    const known = outputOf.get(name);
    if (known !== undefined) return known;
    const entry = byName.get(name);
    if (!entry)
      throw new InvalidModelError(
        `Layer "${prefix}${path.at(-1)}" is fed by "${name}", which the model lacks.`,
      );
    if (path.includes(name))
      throw new InvalidModelError(`The layers ${[...path, name].join(' -> ')} form a circle.`);
    const part = expandEntry(entry, [...path, name]);
    layers.push(...part.layers);
    outputOf.set(name, part.output);
    return part.output;
  };
  const expandEntry = (entry: Entry, path: readonly string[]): Part => {
    if (entry.className === 'InputLayer') {
      if (feed !== undefined) return { layers: [], output: feed };
      return { layers: [inputLayer(prefix + entry.name, [entry, ...entries])], output: prefix + entry.name };
    }
    const calls = inboundCalls(entry.inboundNodes);
    if (calls.length !== 1) {
      throw new InvalidModelError(
        `Layer "${prefix}${entry.name}" (${entry.className}) is called ${calls.length} times; layers that are called once can be converted. Make a layer for each place.`,
      );
    }
    const inputs = calls[0]!.map((input) => visit(input, path));
    return expandLayer(entry, prefix, inputs);
  };

  return { output: visit(outputNames[0]!, []), layers };
}
