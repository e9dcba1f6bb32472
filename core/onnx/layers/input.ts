/**
 * @module core/onnx/layers/input
 * The network's input: uint8 pixels [N, H, W, 3], RGB, scaled inside the graph.
 */
import { InvalidModelError } from '../../errors.ts';
import type { ModelInput } from '../../manifest.ts';
import { LayerConfig, refuse } from '../config.ts';
import { TYPE } from '../graph.ts';
import type { Layer } from '../layers-model.ts';
import type { Lowering, Value } from '../lowering.ts';
import { quantizationOf } from '../quantization.ts';

const CHANNELS = 3;

/** A network that declares another size or number of channels would answer, but not as it was trained. */
function checkShape(layer: Layer, [height, width]: readonly [number, number]): void {
  const declared = new LayerConfig(layer).get('batch_shape') as (number | null)[];
  const wanted = [null, height, width, CHANNELS];
  const fits =
    declared.length === 4 &&
    wanted.every((size, axis) => axis === 0 || [null, size].includes(declared[axis]!));
  if (!fits) {
    throw refuse(
      layer,
      `it takes [${declared.map((size) => size ?? 'any').join(', ')}], but the manifest's pictures are [N, ${height}, ${width}, ${CHANNELS}].`,
    );
  }
}

/** The step and the pixel that is 0, when `(pixel - mean) / std` is what 8 bits are, the same for all channels. */
function pixelQuantization({ mean, std }: ModelInput['scaling']) {
  const isUniform = [1, 2].every((channel) => mean[channel] === mean[0] && std[channel] === std[0]);
  const isPixel = Number.isInteger(mean[0]) && mean[0] >= 0 && mean[0] <= 255 && std[0] > 0;
  return isUniform && isPixel ? { scale: Math.fround(1 / std[0]), zeroPoint: mean[0] } : undefined;
}

/** The range of scaled pixels over all channels. */
function scaledRange({ mean, std }: ModelInput['scaling']): [number, number] {
  const ends = mean.flatMap((value, channel) => [0, 255].map((pixel) => (pixel - value) / std[channel]!));
  return [Math.min(...ends), Math.max(...ends)];
}

/** Declares `pixels` and returns the scaled picture that the network sees. */
export function lowerInput(lowering: Lowering, layer: Layer, { width, height, scaling }: ModelInput): Value {
  checkShape(layer, [height, width]);
  const { mean, std } = scaling;
  if (![...mean, ...std].every(Number.isFinite) || std.includes(0)) {
    throw new InvalidModelError(
      `The input's scaling is mean ${mean.join(', ')} and std ${std.join(', ')}: std can't be 0.`,
    );
  }
  const { graph } = lowering;
  const shape = [height, width, CHANNELS];
  graph.input('pixels', TYPE.uint8, ['N', ...shape]);
  const first = graph.node('Transpose', ['pixels'], {
    name: 'pixels/first',
    attributes: { perm: [0, 3, 1, 2] },
  });
  const exact = pixelQuantization(scaling);
  if (lowering.mode.kind === 'int8' && exact) return lowering.dequantizeInput(first, shape, exact);

  const perChannel = (name: string, values: readonly number[]) =>
    graph.constant(`pixels/${name}`, [CHANNELS, 1, 1], Float32Array.from(values));
  const float = graph.node('Cast', [first], { name: 'pixels/float', attributes: { to: TYPE.float } });
  const centred = graph.node('Sub', [float, perChannel('mean', mean)], { name: 'pixels/centred' });
  const name = graph.node('Div', [centred, perChannel('std', std)], { name: 'pixels/scaled' });
  const scaled = { name, shape };
  return lowering.mode.kind === 'int8'
    ? lowering.quantize(scaled, quantizationOf(scaledRange(scaling)))
    : scaled;
}
