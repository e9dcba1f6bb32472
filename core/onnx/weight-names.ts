/**
 * @module core/onnx/weight-names
 * Which stored weight belongs to which layer. Names are matched exactly; a prefix (`sequential/conv/kernel`) or a
 * number behind the layer's name (`conv_1/kernel`) is taken only where it leaves one choice.
 */
import { InvalidModelError } from '../errors.ts';
import { LayerConfig } from './config.ts';
import { LAYER_TYPES } from './layers/table.ts';
import type { Layer, WeightTensor } from './layers-model.ts';
import type { StoredWeight } from './weights-manifest.ts';

/** A weight that a layer must have: `names` are the ones that versions of Keras give it, the first is ours. */
interface Wanted {
  layer: Layer;
  names: string[];
  /** No other layer, in a nested model say, has the same name: otherwise two could be exchanged in silence. */
  alone: boolean;
  /** No other layer differs by its number only: `conv_1` could be the file's name for `conv` as well. */
  onlyOfStem: boolean;
}

const LISTED = 30;

/** The weights under `layer/weight`. Throws {@link InvalidModelError} where one is missing or can't be told. */
export function resolveWeights(
  layers: readonly Layer[],
  stored: readonly StoredWeight[],
): ReadonlyMap<string, WeightTensor> {
  const resolved = new Map<string, WeightTensor>();
  const free = new Set(stored.map((weight): Stored => ({ ...weight, ...parse(weight.name) })));
  let open = wantedWeights(layers);
  for (const matches of MATCHERS) {
    const found = open.map((wanted) => [...free].filter((weight) => fits(weight, wanted, matches)));
    const claims = new Map<Stored, number>();
    for (const weight of found.flat()) claims.set(weight, (claims.get(weight) ?? 0) + 1);
    open = open.filter((wanted, index) => {
      const [only, ...others] = found[index]!;
      const unique = only !== undefined && others.length === 0 && claims.get(only) === 1;
      if (!unique) return true;
      resolved.set(`${wanted.layer.name}/${wanted.names[0]}`, { shape: only.shape, values: only.values });
      free.delete(only);
      return false;
    });
  }
  if (open.length > 0) throw unresolved(open, free);
  return resolved;
}

interface Stored extends StoredWeight {
  owner: string;
  weight: string;
}

/** `base/conv/kernel:0` is the weight `kernel` of `base/conv`. */
function parse(name: string): { owner: string; weight: string } {
  const path = name.replace(/:\d+$/, '').split('/');
  const weight = path.pop()!;
  return { owner: path.join('/'), weight };
}

function fits(stored: Stored, wanted: Wanted, matches: Matcher): boolean {
  return wanted.names.includes(stored.weight) && matches(stored, wanted);
}

const lastOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);

type Matcher = (stored: { owner: string }, wanted: Wanted) => boolean;

/** From the surest to the least sure; each sees what the ones before left. */
const MATCHERS: Matcher[] = [
  ({ owner }, { layer }) => owner === layer.name,
  ({ owner }, { layer, alone }) => alone && owner === lastOf(layer.name),
  ({ owner }, { layer, alone }) => alone && lastOf(owner) === lastOf(layer.name),
  ({ owner }, { layer, onlyOfStem }) => onlyOfStem && isNumbered(lastOf(owner), lastOf(layer.name)),
];

/** `conv_1` of `conv`, `dense_Dense3` of `dense`, whichever of the two carries the number. */
function isNumbered(one: string, other: string): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return long.startsWith(short) && /^_[A-Za-z0-9]*\d+$/.test(long.slice(short.length));
}

/** Names the weights that each layer must have, and how far its own name can be trusted. */
function wantedWeights(layers: readonly Layer[]): Wanted[] {
  const typeOf = ({ className }: Layer) =>
    Object.hasOwn(LAYER_TYPES, className) ? LAYER_TYPES[className] : undefined;
  const namesOf = (layer: Layer) => typeOf(layer)?.weights?.(new LayerConfig(layer)) ?? [];
  const weighted = layers.filter((layer) => namesOf(layer).length > 0);
  const stem = (layer: Layer) => lastOf(layer.name).replace(/_\d+$/, '');
  const plain = (layer: Layer) => lastOf(layer.name);
  const [sameName, sameStem] = [countBy(weighted.map(plain)), countBy(weighted.map(stem))];
  return weighted.flatMap((layer) => {
    const alone = sameName.get(plain(layer)) === 1;
    const onlyOfStem = sameStem.get(stem(layer)) === 1;
    return namesOf(layer).map((name) => ({ layer, names: name.split('|'), alone, onlyOfStem }));
  });
}

function countBy(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function unresolved(open: readonly Wanted[], free: ReadonlySet<StoredWeight>): InvalidModelError {
  const list = (names: string[]) =>
    names.slice(0, LISTED).join(', ') + (names.length > LISTED ? ` and ${names.length - LISTED} more` : '');
  const wanted = open.map(({ layer, names }) => `${layer.name}/${names[0]}`);
  const left = [...free].map((weight) => weight.name);
  return new InvalidModelError(
    `The weights of some layers are missing or can't be told apart. Without a weight: ${list(wanted)}. Without a layer: ${left.length > 0 ? list(left) : 'none'}. Name each weight layer/weight in the weightsManifest.`,
  );
}
