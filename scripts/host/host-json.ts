/**
 * @module scripts/host/host-json
 * The settings of host.json that this host follows, with the real host's defaults. Unknown ones are ignored.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

export interface HostJson {
  routePrefix: string;
  customHeaders: Record<string, string>;
  maxOutstandingRequests: number;
  maxConcurrentRequests: number;
  /** Milliseconds after which an invocation is given up; undefined is never. */
  functionTimeout: number | undefined;
  blobs: { poisonBlobThreshold: number; maxDegreeOfParallelism: number };
  queues: {
    batchSize: number;
    newBatchThreshold: number;
    maxDequeueCount: number;
    /** Milliseconds between a failed attempt and the next. */
    visibilityTimeout: number;
    messageEncoding: 'base64' | 'none';
  };
}

/** What a host.json may hold of these, all of it optional. */
interface HostJsonFile {
  functionTimeout?: string;
  extensions?: {
    http?: Partial<
      Pick<HostJson, 'routePrefix' | 'customHeaders' | 'maxOutstandingRequests' | 'maxConcurrentRequests'>
    >;
    blobs?: Partial<HostJson['blobs']>;
    queues?: Partial<Omit<HostJson['queues'], 'visibilityTimeout'>> & { visibilityTimeout?: string };
  };
}

/** Reads `host.json` in `root`. Throws an error that names the file when it isn't JSON or isn't there. */
export function readHostJson(root: string): HostJson {
  const path = join(root, 'host.json');
  let json: HostJsonFile;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${path} can't be read: ${(error as Error).message}`, { cause: error });
  }
  const { http = {}, blobs = {}, queues = {} } = json.extensions ?? {};
  const batchSize = queues.batchSize ?? 16;
  return {
    routePrefix: (http.routePrefix ?? 'api').replace(/^\/+|\/+$/g, ''),
    customHeaders: http.customHeaders ?? {},
    maxOutstandingRequests: http.maxOutstandingRequests ?? -1,
    maxConcurrentRequests: http.maxConcurrentRequests ?? -1,
    functionTimeout: json.functionTimeout === undefined ? undefined : parseDuration(json.functionTimeout),
    blobs: {
      poisonBlobThreshold: blobs.poisonBlobThreshold ?? 5,
      maxDegreeOfParallelism: blobs.maxDegreeOfParallelism ?? 8 * availableParallelism(),
    },
    queues: {
      batchSize,
      newBatchThreshold: queues.newBatchThreshold ?? Math.floor(batchSize / 2),
      maxDequeueCount: queues.maxDequeueCount ?? 5,
      visibilityTimeout: parseDuration(queues.visibilityTimeout ?? '00:00:00') ?? 0,
      messageEncoding: queues.messageEncoding ?? 'base64',
    },
  };
}

/** Milliseconds of a .NET time span (`[d.]hh:mm:ss[.fff]`); undefined for anything else, `-1` included. */
export function parseDuration(text: string): number | undefined {
  const match = /^(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2}(?:\.\d+)?))?$/.exec(String(text).trim());
  if (!match) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return Math.round(((days * 24 + hours) * 60 + minutes) * 60_000 + seconds * 1000);
}
