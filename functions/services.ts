/**
 * @module functions/services
 * What the functions share, made at first use: an app's initialisation on Azure has 30 seconds, and a wrong
 * setting should answer a request with its name instead of taking every function down.
 */
import { randomUUID } from 'node:crypto';
import { type Config, config } from '../core/config.ts';
import { Models } from '../core/inference/models.ts';
import type { ProductionModel } from '../core/inference/production-model.ts';
import { Shadow } from '../core/inference/shadow.ts';
import { openStorage, type Storage } from '../core/storage/storage.ts';
import { Slots } from './slots.ts';

export interface Services {
  config: Config;
  storage: Storage;
  models: Models;
  /** The same as `models.production`. */
  production: ProductionModel;
  shadow: Shadow;
  slots: Slots;
  /** Ends what goes on without requests: looks at the pointer, and reports on the shadow. */
  stop(): void;
}

let made: Services | undefined;

/** The services of this process. Throws ConfigurationError that names each wrong setting. */
export function services(): Services {
  made ??= make();
  return made;
}

function make(): Services {
  const settings = config();
  const storage = openStorage(settings);
  const log = (line: string) => console.log(line);
  const models = new Models({ storage, maxAgeSeconds: settings.POINTER_MAX_AGE_SECONDS, log });
  const stopFollowing = models.follow();
  const slots = new Slots({ concurrency: settings.CLASSIFY_CONCURRENCY, queue: settings.CLASSIFY_QUEUE });
  const shadow = new Shadow({
    storage,
    candidate: models.shadow,
    instance: randomUUID(),
    log,
    isBusy: () => slots.isFull,
  });
  const stopWriting = shadow.writeEvery(settings.SHADOW_REPORT_SECONDS);
  const stop = () => {
    stopFollowing();
    stopWriting();
  };
  return { config: settings, storage, models, production: models.production, shadow, slots, stop };
}
