/**
 * @module core/onnx/layers/geometry
 * Padding and size of what slides a window over a picture, as TensorFlow computes them.
 */
import { type LayerConfig, refuse } from '../config.ts';

/** The key under which a zero padding that was folded into the layer is kept: [[top, bottom], [left, right]]. */
export const FOLDED_PADDING = 'folded_padding';

export interface Window {
  kernel: readonly [number, number];
  strides: readonly [number, number];
  dilations?: readonly [number, number];
}

export interface Geometry {
  /** As ONNX orders them: top, left, bottom, right. */
  pads: [number, number, number, number];
  height: number;
  width: number;
}

/**
 * TensorFlow's SAME: as much as makes the output ceil(size / stride) long, the smaller half before. It depends on the
 * size: at stride 2 and kernel 3 an even size gets 0 and 1, an odd one 1 and 1.
 * (https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2)
 */
export function samePadding(size: number, kernel: number, stride: number): [number, number] {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + kernel - size, 0);
  const before = Math.floor(total / 2);
  return [before, total - before];
}

/** Pads and output size of a window over a picture of the shape [H, W, C]. */
export function geometryOf(config: LayerConfig, shape: readonly number[], window: Window): Geometry {
  const padding = config.word('padding', 'valid');
  const folded = config.get(FOLDED_PADDING) as [[number, number], [number, number]] | undefined;
  if (padding !== 'same' && padding !== 'valid')
    throw refuse(config.layer, `padding "${padding}" can't be converted.`);
  const along = (axis: 0 | 1) => {
    const size = shape[axis]!;
    const stride = window.strides[axis];
    const reach = (window.kernel[axis] - 1) * (window.dilations?.[axis] ?? 1) + 1;
    const [before, after] =
      padding === 'same' ? samePadding(size, reach, stride) : (folded?.[axis] ?? [0, 0]);
    const steps = Math.floor((size + before + after - reach) / stride) + 1;
    if (steps < 1) throw refuse(config.layer, `its window of ${reach} is larger than its input of ${size}.`);
    return { before, after, steps };
  };
  const rows = along(0);
  const columns = along(1);
  return {
    pads: [rows.before, columns.before, rows.after, columns.after],
    height: rows.steps,
    width: columns.steps,
  };
}

/** The shape of a picture [H, W, C]. Throws where the layer's input is something else. */
export function pictureShape(
  config: LayerConfig,
  shape: readonly number[],
): readonly [number, number, number] {
  if (shape.length !== 3)
    throw refuse(config.layer, `it takes a picture [H, W, C] but gets [${shape.join(', ')}].`);
  config.requireChannelsLast();
  return [shape[0]!, shape[1]!, shape[2]!];
}
