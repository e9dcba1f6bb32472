/**
 * @module training/fine-tune/cut
 * Where a base is cut in two for fine-tuning: a lower part, the trunk, that stays as it is and runs through ONNX
 * Runtime, and an upper part that is trained. Batch normalisation must be folded into the convolutions.
 */
import { ConfigurationError } from '../../core/errors.ts';
import { LayerConfig } from '../../core/onnx/config.ts';
import type { Layer, LayersModel } from '../../core/onnx/layers-model.ts';

export interface Cut {
  /** The layers up to the cut, and a Flatten behind them: it gives H·W·C numbers, channels last. */
  trunk: LayersModel;
  /** [H, W, C] of what the trunk gives. */
  map: [number, number, number];
  /** The layer at which the trunk ends: the upper part reads no other one of it. */
  at: string;
  /** The layers behind the cut, each after the ones that feed it. */
  upper: Layer[];
}

/** The trunk ends where pictures are seen at an eighth of their size, before the block that halves them again. */
const TRUNK_STRIDE = 8;

interface Size {
  height: number;
  width: number;
  channels: number;
  stride: number;
}

/**
 * Cuts `model`, of which the input has the given size in pixels. Among the layers at stride 8 whose output is all
 * that the layers behind need, it takes the last of those with the fewest channels, which is the end of a block; in a
 * network that never gets beyond that, those at its largest stride. Throws {@link ConfigurationError} that names a
 * layer which can't be trained through.
 */
export function cutBase(model: LayersModel, input: { height: number; width: number }): Cut {
  const sizes = sizesOf(model, input);
  const places = model.layers.flatMap((layer, index) => {
    const size = sizes.get(layer.name);
    const isPlace = size && layer.className !== 'InputLayer' && isOnlyCrossing(model, index);
    return isPlace ? [{ index, size }] : [];
  });
  const stride = Math.max(
    ...places.map(({ size }) => size.stride).filter((value) => value <= TRUNK_STRIDE),
    0,
  );
  const atStride = places.filter(({ size }) => size.stride === stride);
  const fewest = Math.min(...atStride.map(({ size }) => size.channels));
  const place = atStride.filter(({ size }) => size.channels === fewest).at(-1);
  if (!place) {
    throw new ConfigurationError(
      '--fine-tune finds no place to cut this base: no layer at a stride of 8 or less is all that the others read. Train without it.',
    );
  }
  const { index, size } = place;
  const at = model.layers[index]!.name;
  const flatten: Layer = {
    name: 'map',
    className: 'Flatten',
    config: { data_format: 'channels_last' },
    inputs: [at],
  };
  return {
    trunk: { ...model, layers: [...model.layers.slice(0, index + 1), flatten], outputs: flatten.name },
    map: [size.height, size.width, size.channels],
    at,
    upper: model.layers.slice(index + 1),
  };
}

/** Whether the layers behind `index` read, of what is before them, the layer at `index` only. */
function isOnlyCrossing({ layers }: LayersModel, index: number): boolean {
  const behind = new Set(layers.slice(index).map((layer) => layer.name));
  const later = layers.slice(index + 1);
  return later.length > 0 && later.every(({ inputs }) => inputs.every((name) => behind.has(name)));
}

function sizesOf({ layers, weights }: LayersModel, input: { height: number; width: number }) {
  const sizes = new Map<string, Size>();
  for (const layer of layers) {
    const before = sizes.get(layer.inputs[0] ?? '');
    switch (layer.className) {
      case 'InputLayer':
        sizes.set(layer.name, { ...input, channels: 3, stride: 1 });
        break;
      case 'Add':
        sizes.set(layer.name, before!);
        break;
      case 'Conv2D':
      case 'DepthwiseConv2D':
        sizes.set(layer.name, convolvedSize(layer, before!, weights));
        break;
      case 'GlobalAveragePooling2D':
        break; // a vector: the base's end
      default:
        throw new ConfigurationError(
          `--fine-tune can't train through the layer ${layer.name}: it is a ${layer.className}. It takes bases of Conv2D, DepthwiseConv2D, Add and GlobalAveragePooling2D, batch normalisation folded into the convolutions. Train without it, or from such a base.`,
        );
    }
  }
  return sizes;
}

function convolvedSize(layer: Layer, before: Size, weights: LayersModel['weights']): Size {
  const config = new LayerConfig(layer);
  const [vertical, horizontal] = config.pair('strides', 1);
  const isDepthwise = layer.className === 'DepthwiseConv2D';
  const kernel = weights.get(`${layer.name}/${isDepthwise ? 'depthwise_kernel' : 'kernel'}`)!.shape;
  const isSame = config.get('padding') === 'same';
  const after = (size: number, side: number, stride: number) =>
    Math.ceil((isSame ? size : size - side + 1) / stride);
  return {
    height: after(before.height, kernel[0]!, vertical),
    width: after(before.width, kernel[1]!, horizontal),
    channels: isDepthwise ? kernel[2]! * kernel[3]! : kernel[3]!,
    stride: before.stride * vertical,
  };
}
