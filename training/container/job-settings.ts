/**
 * @module training/container/job-settings
 * Everything a training job reads from its environment: the settings of a training, where storage is, and a few of
 * its own.
 */
import { join, resolve } from 'node:path';
import { type Config, parseConfig } from '../../core/config.ts';
import { ConfigurationError } from '../../core/errors.ts';
import { TAG_VARIABLE } from '../../core/retrain/trainer.ts';
import { cacheFolder } from '../features/cache.ts';
import { readSettings } from '../read-settings.ts';
import type { Settings } from '../settings.ts';
import { type DataPlace, parseDataPlace } from './data-place.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const DEVICES = ['auto', 'gpu', 'cpu'] as const;
export type Device = (typeof DEVICES)[number];

/** Variables of the job itself; `npm run train` doesn't know them, and doesn't get them. */
export const JOB_VARIABLES = {
  TRAIN_DEVICE: 'auto, or gpu: fails where none is seen, or cpu: sees none',
  TRAIN_FEEDBACK: 'on, or off: whether accepted feedback is trained on, too',
  TRAIN_WORK: 'folder for data, checkpoints and versions',
} as const;

export interface JobSettings {
  place: DataPlace;
  training: Settings;
  device: Device;
  feedback: boolean;
  push: boolean;
  /** Absolute. */
  work: string;
  /** Null where nothing of the job has to do with Blob Storage. */
  storage: Config | null;
  /** Names that look like settings and are none. */
  unknown: string[];
  /** Which attempt of which run this is, as the one who started it says. */
  run: string | null;
}

/** Throws {@link ConfigurationError} for whatever is wrong, before anything is fetched. */
export function readJobSettings(env: Environment): JobSettings {
  const { settings: training, unknown } = readSettings([], env);
  const device = oneOf('TRAIN_DEVICE', env.TRAIN_DEVICE || 'auto', DEVICES);
  const wantsFeedback = oneOf('TRAIN_FEEDBACK', env.TRAIN_FEEDBACK || 'on', ['on', 'off'] as const) === 'on';
  // A container is there to push; npm run train is there to look first.
  const push = env.TRAIN_PUSH !== 'false';
  if (device === 'gpu' && !['auto', 'node'].includes(training.engine)) {
    throw new ConfigurationError(
      `TRAIN_DEVICE is gpu and TRAIN_ENGINE is ${training.engine}: only the engine node runs on a GPU.`,
    );
  }
  const work = resolve(env.TRAIN_WORK || join(cacheFolder(env), 'job'));
  if (work.includes(',')) {
    throw new ConfigurationError(
      `TRAIN_WORK is ${JSON.stringify(work)}: a comma in it would end the name of a list.`,
    );
  }
  const place = parseDataPlace(training.data, env.MODEL_STORAGE__blobServiceUri || undefined);
  if (place.kind === 'blobs' && training.sha256 !== '') {
    throw new ConfigurationError(
      'TRAIN_SHA256 is for archives, and TRAIN_DATA names a folder of Blob Storage: its files are checked by the MD5 that storage has of each.',
    );
  }
  const hasStorage = Boolean(env.MODEL_STORAGE || env.MODEL_STORAGE__blobServiceUri);
  const needsStorage = push || place.kind !== 'other';
  return {
    place,
    training,
    device,
    feedback: wantsFeedback && (needsStorage || hasStorage),
    push,
    work,
    storage: needsStorage || hasStorage ? parseConfig(storageOnly(env)) : null,
    unknown: unknown.filter((name) => !(name in JOB_VARIABLES)),
    run: env[TAG_VARIABLE] || null,
  };
}

/** The environment of `npm run train` in this job: without what is decided here. */
export function trainingEnvironment(
  env: Environment,
  { device }: Pick<JobSettings, 'device'>,
): NodeJS.ProcessEnv {
  const decidedHere = new Set([
    ...Object.keys(JOB_VARIABLES),
    ...['TRAIN_DATA', 'TRAIN_SHA256', 'TRAIN_SOURCE', 'TRAIN_SPLIT', 'TRAIN_SPECIES'],
    ...['TRAIN_OUT', 'TRAIN_PUSH', 'TRAIN_RESUME', 'TRAIN_CHECKPOINTS'],
  ]);
  const kept = Object.entries(env).filter(([name]) => !decidedHere.has(name));
  // -1 is what CUDA takes for none.
  return { ...Object.fromEntries(kept), ...(device === 'cpu' && { CUDA_VISIBLE_DEVICES: '-1' }) };
}

/** Settings of the function app have no say here: one that is wrong there doesn't stop a training. */
function storageOnly(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('MODEL_STORAGE')));
}

function oneOf<T extends string>(name: string, value: string, among: readonly T[]): T {
  const found = among.find((one) => one === value);
  if (found !== undefined) return found;
  throw new ConfigurationError(`${name} is ${JSON.stringify(value)}, expected one of ${among.join(', ')}.`);
}
