/**
 * @module scripts/bench-train/features
 * Training's own way from photographs to features, against ONNX Runtime alone on the same pixels. What is between
 * them is reading, decoding and handing over.
 */
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { sha256 } from '../../core/hash.ts';
import type { Base } from '../../training/base/base.ts';
import type { Picture } from '../../training/data/data-set.ts';
import { asLayersModel, convertBase } from '../../training/features/base-models.ts';
import { NO_CACHE } from '../../training/features/cache.ts';
import { extractRows } from '../../training/features/extract.ts';
import { type BatchSession, openSessionPool } from '../../training/features/session-pool.ts';
import { readViews, trainingViews, type ViewName } from '../../training/features/views.ts';
import { findPhotographs } from '../../training/models/find-photographs.ts';
import { median, medianRatio, timeInTurn } from './rounds.ts';

export interface FeatureTimes {
  views: number;
  pipelinePerSecond: number;
  alonePerSecond: number;
  /** Speed of the pipeline as a share of ONNX Runtime's; 1 would be decoding for nothing. */
  ratio: number;
  /** The same by the time of all processors, which other programs change little. */
  processorRatio: number;
}

/** Times both in turn, for the photograph as it is served and for the six views that a head is trained on. */
export async function benchFeatures(
  base: Base,
  { data, worker, threads, rounds }: { data: string; worker: string; threads: number; rounds: number },
): Promise<FeatureTimes[]> {
  const onnx = convertBase(asLayersModel(base.network, 'float16'), { input: base.input });
  const session = await openSessionPool(onnx, { threads, script: worker });
  try {
    const all = trainingViews({ crops: 4, cropArea: 0.35, seed: 1 });
    const served = await benchViews(base, session, { data, views: ['original'], count: 96, rounds });
    return [served, await benchViews(base, session, { data, views: all, count: 24, rounds })];
  } finally {
    await session.dispose();
  }
}

async function benchViews(
  { input }: Base,
  session: BatchSession,
  options: { data: string; views: readonly ViewName[]; count: number; rounds: number },
): Promise<FeatureTimes> {
  const { data, views, rounds } = options;
  const pictures = await somePictures(data, options.count);
  const pixels: Uint8Array[] = [];
  for (const { path, sha256: hash } of pictures) {
    pixels.push(...(await readViews(await readFile(join(data, path)), { views, input, sha256: hash })));
  }
  const times = await timeInTurn(
    {
      pipeline: () => extractRows(pictures, { root: data, views, input, session, cache: NO_CACHE }),
      alone: () => runAll(session, pixels),
    },
    { rounds },
  );
  const [pipeline, alone] = [times.get('pipeline')!, times.get('alone')!];
  const perSecond = (milliseconds: number[]) => (1000 * pixels.length) / median(milliseconds);
  return {
    views: views.length,
    pipelinePerSecond: perSecond(pipeline.milliseconds),
    alonePerSecond: perSecond(alone.milliseconds),
    ratio: medianRatio(alone.milliseconds, pipeline.milliseconds),
    processorRatio: medianRatio(alone.processor, pipeline.processor),
  };
}

/** As many at once as the pipeline runs. */
async function runAll(session: BatchSession, pixels: readonly Uint8Array[]): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < pixels.length) await session.run(pixels[next++]!);
  };
  await Promise.all(Array.from({ length: session.concurrency ?? 1 }, lane));
}

/** `count` photographs spread over the folder. */
async function somePictures(root: string, count: number): Promise<Picture[]> {
  const paths = await findPhotographs([root]);
  const chosen = Array.from({ length: count }, (_, i) => paths[Math.floor((i * paths.length) / count)]!);
  return Promise.all(
    chosen.map(async (path) => ({
      path: relative(root, path),
      sha256: sha256(await readFile(path)),
      label: 0,
    })),
  );
}
