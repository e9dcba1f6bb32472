/**
 * @module functions/services
 * What the functions share, made at first use: an app's initialisation on Azure has 30 seconds, and a wrong
 * setting should answer a request with its name instead of taking every function down.
 */
import { type Config, config } from '../core/config.ts';
import { PinnedModels } from '../core/inference/pinned-models.ts';
import { ProductionModel } from '../core/inference/production-model.ts';
import { openStorage, type Storage } from '../core/storage/storage.ts';
import { Slots } from './slots.ts';

export interface Services {
  config: Config;
  storage: Storage;
  production: ProductionModel;
  pinned: PinnedModels;
  slots: Slots;
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
  const production = new ProductionModel({ storage, maxAgeSeconds: settings.POINTER_MAX_AGE_SECONDS, log });
  production.follow();
  return {
    config: settings,
    storage,
    production,
    pinned: new PinnedModels({ storage, log }),
    slots: new Slots({ concurrency: settings.CLASSIFY_CONCURRENCY, queue: settings.CLASSIFY_QUEUE }),
  };
}
