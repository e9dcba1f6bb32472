/**
 * @module functions/services
 * What the functions share, made at first use: an app's initialisation on Azure has 30 seconds, and a wrong
 * setting should answer a request with its name instead of taking every function down.
 */
import { availableParallelism } from 'node:os';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { type Config, config } from '../core/config.ts';
import { messageOf } from '../core/errors.ts';
import { Models } from '../core/inference/models.ts';
import type { ProductionModel } from '../core/inference/production-model.ts';
import { ScoreHistogram } from '../core/inference/score-histogram.ts';
import { loadServableModel } from '../core/inference/servable-model.ts';
import { Shadow } from '../core/inference/shadow.ts';
import { openWorkerSession } from '../core/inference/worker/worker-session.ts';
import { openStorage, type Storage } from '../core/storage/storage.ts';
import { inferenceScript } from './inference-script.ts';
import { INSTANCE } from './instance.ts';
import { Slots } from './slots.ts';

export interface Services {
  config: Config;
  storage: Storage;
  models: Models;
  /** The same as `models.production`. */
  production: ProductionModel;
  shadow: Shadow;
  scores: ScoreHistogram;
  slots: Slots;
  /** Ends what goes on without requests: looks at the pointer, and reports on the shadow. */
  stop(): void;
}

let made: Services | undefined;

/** The services of this process. Throws ConfigurationError that names each wrong setting. */
export function services(): Services {
  // Out of the request that comes first: what goes on from here for hours is no part of it.
  made ??= context.with(ROOT_CONTEXT, make);
  return made;
}

/** Ends the services, if they were ever made, and writes what is only in memory yet. */
export async function endServices(): Promise<void> {
  if (made === undefined) return;
  made.stop();
  const flushed = await Promise.allSettled([made.scores.flush(), made.shadow.flush()]);
  for (const result of flushed) {
    if (result.status === 'rejected') console.log(`Figures are lost: ${messageOf(result.reason)}`);
  }
}

function make(): Services {
  const settings = config();
  const storage = openStorage(settings);
  const log = (line: string) => console.log(line);
  // A run holds the thread that it is called from, and can't be cut short: it has no place on the event loop.
  const processors = availableParallelism();
  const most = Math.min(settings.CLASSIFY_CONCURRENCY, processors);
  const threads = { script: inferenceScript(), most, threads: Math.floor(processors / most) };
  const openSession = (onnx: Uint8Array) => openWorkerSession(onnx, threads);
  const load: typeof loadServableModel = (from, wanted) =>
    loadServableModel(from, { ...wanted, openSession });
  const models = new Models({ storage, maxAgeSeconds: settings.POINTER_MAX_AGE_SECONDS, log, load });
  const stopFollowing = models.follow();
  const slots = new Slots({ concurrency: settings.CLASSIFY_CONCURRENCY, queue: settings.CLASSIFY_QUEUE });
  const shadow = new Shadow({
    storage,
    candidate: models.shadow,
    instance: INSTANCE,
    log,
    isBusy: () => slots.isFull,
  });
  const stopWriting = shadow.writeEvery(settings.SHADOW_REPORT_SECONDS);
  const scores = new ScoreHistogram({ storage, instance: INSTANCE, log });
  const stopWritingScores = scores.writeEvery(settings.SCORES_REPORT_SECONDS);
  const stop = () => {
    stopFollowing();
    stopWriting();
    stopWritingScores();
  };
  return { config: settings, storage, models, production: models.production, shadow, scores, slots, stop };
}
