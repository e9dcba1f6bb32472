/**
 * @module core/onnx/layers/layer-type
 * What there is to know of a class of layers: one object for each, in `table.ts`.
 */
import type { LayerConfig } from '../config.ts';
import type { Layer } from '../layers-model.ts';
import type { Lowering, Value } from '../lowering.ts';

export interface LayerType {
  /** Names of the weights; `depthwise_kernel|kernel` where versions of Keras disagree, ours first. */
  weights?(config: LayerConfig): string[];
  /** It does nothing when the network answers: it is left out. */
  isIdentity?(config: LayerConfig): boolean;
  /** It only cuts negative or large values off, which the range of 8 bits does by itself. */
  isClip?(config: LayerConfig): boolean;
  /** It moves or picks values and makes no new ones, so the range of its input is its own. */
  keepsValues?: boolean;
  /** The kernel that takes up a batch normalisation behind it. */
  foldsInto?: string;
  /** It can pad its input with zeros itself. */
  takesPadding?: boolean;
  /** It joins several inputs. */
  joins?: boolean;
  /** Writes the layer's nodes. Throws an InvalidModelError for a config that can't be converted. */
  lower(layer: Layer, inputs: Value[], lowering: Lowering): Value;
}
