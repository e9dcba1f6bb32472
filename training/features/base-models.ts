/**
 * @module training/features/base-models
 * The base as ONNX files: in float32, and in int8 by ranges that `calibrate-base.ts` measured.
 */
import { FILE, type ModelInput } from '../../core/manifest.ts';
import { type Calibration, convertLayersModel } from '../../core/onnx/convert.ts';
import type { LayersModel } from '../../core/onnx/layers-model.ts';
import { readLayersModel } from '../../core/onnx/read-layers-model.ts';
import { encodeNetwork } from '../network/model-files.ts';
import type { Network, WeightType } from '../network/network.ts';

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
