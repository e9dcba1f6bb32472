/**
 * @module training/models/open-model
 * A version that was found, ready to answer as the function app answers: the ONNX file that the convert function
 * makes of it, in the code that serves.
 */

import { sha256 } from '../../core/hash.ts';
import {
  openServableModel,
  type ServableModel,
  type ServableParts,
} from '../../core/inference/servable-model.ts';
import { convertFiles } from '../../core/lifecycle/convert-version.ts';
import { type Manifest, type Precision, SERVABLE_FILE } from '../../core/manifest.ts';
import { INT8_LARGEST_LOSS } from '../../core/settings/gates.ts';
import type { FoundModel } from './find-model.ts';

export interface OpenedModel {
  model: ServableModel;
  /** What people should know: which precision and why, and whether the file is the one that was measured. */
  notes: string[];
}

export interface OpenModelOptions {
  /** Null lets the version's own figures decide. */
  precision: Precision | null;
  openSession?: NonNullable<ServableParts['openSession']>;
}

/** Throws InvalidModelError where a file is damaged or the model doesn't answer its golden inputs as it was trained. */
export async function openModel(
  found: FoundModel,
  { precision: wanted, openSession }: OpenModelOptions,
): Promise<OpenedModel> {
  const { manifest, place } = found;
  const { precision, why } = wanted ? { precision: wanted, why: 'as asked for' } : choosePrecision(manifest);
  const onnx = await readServable(found, precision);
  const isMeasured = sha256(onnx) === manifest.servable[SERVABLE_FILE[precision]];
  const model = await openServableModel({
    manifest,
    precision,
    read: async (path) => (path === SERVABLE_FILE[precision] ? onnx : found.read(path)),
    ...(openSession ? { openSession } : {}),
  });
  const differs = `note: ${SERVABLE_FILE[precision]} made here is not byte for byte the one by which the version's figures were measured; it answers the golden inputs as it should`;
  return {
    model,
    notes: [
      `model: ${manifest.version} from ${place}, ${precision} (${why})`,
      ...(isMeasured ? [] : [differs]),
    ],
  };
}

/** What serves where speed isn't asked: int8 unless it loses more top-1 than the gate allows. */
export function choosePrecision({ metrics }: Manifest): { precision: Precision; why: string } {
  const loss = metrics.float32.top1 - metrics.int8.top1;
  const isKept = metrics.int8.n > 0 && loss <= INT8_LARGEST_LOSS;
  return {
    precision: isKept ? 'int8' : 'float32',
    why: metrics.int8.n === 0 ? 'it has no figures' : `int8 ${describeLoss(loss)} by its own figures`,
  };
}

function describeLoss(loss: number): string {
  const points = Math.abs(100 * loss).toFixed(1);
  if (points === '0.0') return 'has the same top-1';
  return `${loss < 0 ? 'gains' : 'loses'} ${points} points of top-1`;
}

async function readServable(found: FoundModel, precision: Precision): Promise<Buffer> {
  const { manifest } = found;
  if (manifest.stage === 'servable') return found.read(SERVABLE_FILE[precision]);
  const files = new Map<string, Buffer>();
  for (const { path } of manifest.files) files.set(path, await found.read(path));
  return convertFiles(manifest, files)[precision];
}
