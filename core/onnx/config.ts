/**
 * @module core/onnx/config
 * A layer's config: keys in snake_case (Keras, saved by TensorFlow.js) or camelCase, values checked.
 */
import { InvalidModelError } from '../errors.ts';
import type { Layer, WeightTensor } from './layers-model.ts';
import { LARGEST_STEP, shown } from './limits.ts';

/** An {@link InvalidModelError} about one layer. */
export function refuse(layer: Layer, reason: string): InvalidModelError {
  return new InvalidModelError(`Layer "${layer.name}" (${layer.className}): ${reason}`);
}

/** The weight `name` of a layer. Throws {@link InvalidModelError} where it is missing. */
export function weightOf(
  weights: ReadonlyMap<string, WeightTensor>,
  layer: Layer,
  name: string,
): WeightTensor {
  const tensor = weights.get(`${layer.name}/${name}`);
  if (!tensor) throw refuse(layer, `the weight ${layer.name}/${name} is missing.`);
  return tensor;
}

export class LayerConfig {
  readonly layer: Layer;

  constructor(layer: Layer) {
    this.layer = layer;
  }

  /** The value under `key` (snake_case) or its camelCase form; undefined where there is none or null. */
  get(key: string): unknown {
    const camelCase = key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    return this.layer.config[key] ?? this.layer.config[camelCase] ?? undefined;
  }

  number(key: string, otherwise: number): number {
    const value = this.get(key);
    if (value === undefined) return otherwise;
    // JSON has no Infinity, but 1e999 is read as one.
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.unexpected(key);
    return value;
  }

  boolean(key: string, otherwise: boolean): boolean {
    const value = this.get(key) ?? otherwise;
    if (typeof value !== 'boolean') throw this.unexpected(key);
    return value;
  }

  /** Two whole numbers from 1 for height and width; one number stands for both. */
  pair(key: string, otherwise: number | readonly [number, number]): [number, number] {
    const value = this.get(key) ?? otherwise;
    const list: unknown[] = Array.isArray(value) ? value : [value];
    const isStep = (item: unknown): item is number =>
      Number.isInteger(item) && (item as number) >= 1 && (item as number) <= LARGEST_STEP;
    const [height, width = height] = list;
    if (list.length > 2 || !isStep(height) || !isStep(width)) throw this.unexpected(key);
    return [height, width];
  }

  /** Throws where the config gives another size than the weights have: the file contradicts itself. */
  requireSize(key: string, actual: number | readonly [number, number]): void {
    if (this.get(key) === undefined) return;
    const given = typeof actual === 'number' ? [this.number(key, actual)] : this.pair(key, actual);
    const found = [actual].flat();
    if (found.some((size, axis) => size !== given[axis])) {
      throw refuse(
        this.layer,
        `${key} is ${shown(this.get(key))}, but its weights are made for ${found.join(' x ')}.`,
      );
    }
  }

  /** A number, or one for each channel. */
  numbers(key: string, otherwise: number): number[] {
    const value = this.get(key) ?? otherwise;
    const list: unknown[] = Array.isArray(value) ? value.flat(4) : [value];
    const areNumbers = (items: unknown[]): items is number[] => items.every(Number.isFinite);
    if (!areNumbers(list)) throw this.unexpected(key);
    return list;
  }

  /** A word without regard to case and underscores: `channels_last` and `channelsLast` are both `channelslast`. */
  word(key: string, otherwise: string): string {
    const given: unknown = this.get(key) ?? otherwise;
    // Keras 3 writes a function as {class_name: 'function', config: 'relu6'}.
    const wrapped = given as { class_name?: unknown; config?: unknown };
    const value = wrapped.class_name === 'function' ? wrapped.config : given;
    if (typeof value !== 'string') throw this.unexpected(key);
    return value.toLowerCase().replaceAll('_', '');
  }

  /** The name of the layer's activation, `linear` where it has none. */
  activation(): string {
    return this.word('activation', 'linear');
  }

  /** Throws unless the channels come last, as everywhere in TensorFlow.js but where it was asked otherwise. */
  requireChannelsLast(): void {
    if (this.word('data_format', 'channels_last') !== 'channelslast') {
      throw refuse(this.layer, 'data_format must be channels_last.');
    }
  }

  private unexpected(key: string): InvalidModelError {
    return refuse(this.layer, `${key} is ${shown(this.get(key))}, which can't be converted.`);
  }
}
