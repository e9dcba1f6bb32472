/**
 * @module tests/helpers/retraining
 * Retraining on storage in memory, a clock that is set by hand, and a Container Apps job over real HTTP.
 */
import { parseConfig } from '../../core/config.ts';
import { ContainerJob } from '../../core/retrain/container-job.ts';
import { openTrainer } from '../../core/retrain/open-trainer.ts';
import type { Scheduled } from '../../core/retrain/retrain.ts';
import { type RetrainLock, type Run, retrainLockSchema, runSchema } from '../../core/retrain/schema.ts';
import {
  type FakeContainerApps,
  GROUP,
  JOB,
  SUBSCRIPTION,
  startContainerApps,
  TOKEN,
} from './container-apps.ts';
import { type MemoryStorage, memoryStorage } from './memory-storage.ts';

const MINUTE_MS = 60_000;
/** A version in production that was made long before the clock's time, so that its age is a reason to train. */
const OLD_VERSION = '20260101T000000Z-1c9f00aa';

export interface RetrainingAtWork {
  api: FakeContainerApps;
  memory: MemoryStorage;
  lines: string[];
  /** A function app of its own, as another instance is. */
  app(settings?: Record<string, string>): Scheduled;
  pass(minutes: number): void;
  now(): Date;
  lock(): RetrainLock;
  run(): Run;
  /** The record in `runs/`. */
  record(id: string): Run;
  /** As the training pushes it. */
  push(): string;
  stop(): Promise<void>;
}

/**
 * `identity`: with a real managed identity, whose library remembers the first endpoint of its process: for one test of a
 * file. Else the token is given.
 */
export async function retrainingAtWork({
  identity = false,
  ...options
}: {
  tagsAreListed?: boolean;
  identity?: boolean;
} = {}): Promise<RetrainingAtWork> {
  let time = Date.parse('2026-11-30T05:00:00.000Z');
  const now = () => new Date(time);
  const api = await startContainerApps({ ...options, now });
  if (identity) Object.assign(process.env, api.identity);
  const memory = memoryStorage();
  const lines: string[] = [];
  await memory.storage.createOnce('registry', 'production.json', Buffer.from(JSON.stringify(thePointer())));
  const json = (name: string) => JSON.parse(memory.blobs.get(name)!.bytes.toString('utf8'));
  const lock = () => retrainLockSchema.parse(json('registry/retrain.json'));
  return {
    api,
    memory,
    lines,
    app(settings = {}) {
      const config = parseConfig({
        MODEL_STORAGE: 'UseDevelopmentStorage=true',
        RETRAIN_JOB_NAME: JOB,
        RETRAIN_RESOURCE_GROUP: GROUP,
        RETRAIN_SUBSCRIPTION_ID: SUBSCRIPTION,
        RETRAIN_CLIENT_ID: 'client-of-the-app',
        RETRAIN_ARM_ENDPOINT: api.endpoint,
        ...settings,
      });
      const log = (line: string) => lines.push(line);
      const known = {
        job: JOB,
        resourceGroup: GROUP,
        subscriptionId: SUBSCRIPTION,
        endpoint: api.endpoint,
        credential: async () => ({ getToken: async () => ({ token: TOKEN, expiresOnTimestamp: Infinity }) }),
      };
      const trainer = identity ? openTrainer(config, { log })! : new ContainerJob(known);
      return { storage: memory.storage, trainer, config, now, log };
    },
    pass: (minutes) => {
      time += minutes * MINUTE_MS;
    },
    now,
    lock,
    run: () => lock().run!,
    record: (id) => runSchema.parse(json(`registry/runs/${id}.json`)),
    push() {
      const version = `${now()
        .toISOString()
        .replace(/[-:]|\.\d+/g, '')}-0000beef`;
      memory.blobs.set(`trained/${version}/manifest.json`, {
        bytes: Buffer.from('{}'),
        etag: '"pushed"',
        lastModified: now(),
      });
      return version;
    },
    async stop() {
      for (const name of Object.keys(api.identity)) delete process.env[name];
      await api.stop();
    },
  };
}

function thePointer() {
  const rest = { precision: 'int8', canary: null, shadow: null, previous: null, history: [] };
  return { schemaVersion: 1, version: OLD_VERSION, ...rest };
}
