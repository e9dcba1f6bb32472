/**
 * @module core/onnx/layers/identity
 * Layers that work in training only and let everything through when the network answers.
 */
import type { LayerType } from './layer-type.ts';

export const identity: LayerType = {
  isIdentity: () => true,
  lower: (_, [input]) => input!,
};
