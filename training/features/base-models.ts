/**
 * @module training/features/base-models
 * The base as ONNX files: in float32, and in int8 by ranges measured on training photographs.
 */
import { FILE, type ModelInput } from '../../core/manifest.ts';
import { type Calibration, calibrationGraph, convertLayersModel } from '../../core/onnx/convert.ts';
import type { LayersModel } from '../../core/onnx/layers-model.ts';
import { readLayersModel } from '../../core/onnx/read-layers-model.ts';
import type { Picture } from '../data/data-set.ts';
import { encodeNetwork } from '../network/model-files.ts';
import type { Network, WeightType } from '../network/network.ts';
import { loadAhead } from './extract.ts';
import type { OpenSession } from './session-pool.ts';

/** A network as the conversion reads it: by way of its own files, so that what is converted is what is saved. */
export function asLayersModel(network: Network, type: WeightType): LayersModel {
  const { modelJson, weightsBin } = encodeNetwork(network, type);
  return readLayersModel(JSON.parse(modelJson), new Map([[FILE.weights, weightsBin]]));
}

/** The ONNX file that gives the features of a base, in float32 or, with a calibration, in int8. */
export function convertBase(
  base: LayersModel,
  { input, calibration }: { input: ModelInput; calibration?: Calibration },
): Uint8Array {
  return calibration
    ? convertLayersModel(base, { input, precision: 'int8', head: 'features', calibration })
    : convertLayersModel(base, { input, precision: 'float32', head: 'features' });
}

/** The least and the largest value that each layer of the base gives on `pictures`, as they are served. */
export async function calibrateBase(
  base: LayersModel,
  pictures: readonly Picture[],
  options: {
    root: string;
    input: ModelInput;
    openSession: OpenSession;
    onProgress?: (done: number, total: number) => void;
  },
): Promise<Calibration> {
  const { onnx, layers } = calibrationGraph(base, { input: options.input, head: 'features' });
  const session = await options.openSession(onnx);
  const calibration: Calibration = {};
  let done = 0;
  try {
    for await (const { rows } of loadAhead(pictures, { ...options, views: ['original'] })) {
      const outputs = await session.runAll(rows[0]!.pixels);
      for (const layer of layers) {
        const [least, largest] = calibration[layer] ?? [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
        calibration[layer] = [
          Math.min(least, outputs[`${layer}:min`]![0]!),
          Math.max(largest, outputs[`${layer}:max`]![0]!),
        ];
      }
      options.onProgress?.(++done, pictures.length);
    }
  } finally {
    await session.dispose();
  }
  return calibration;
}
