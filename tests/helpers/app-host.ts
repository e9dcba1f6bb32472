/**
 * @module tests/helpers/app-host
 * The built function app in our own host, as a child process, on an Azurite of the test's.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStorage, type Storage } from '../../core/storage/storage.ts';
import { type RunningAzurite, startAzurite } from '../../scripts/azurite.ts';
import { checkAnswer } from './contract.ts';
import { eventually, ROOT, type Running, startNode } from './processes.ts';

export interface AppHost {
  url: string;
  azurite: RunningAzurite;
  storage: Storage;
  host: Running;
  /** A call below `/api/`, with the answer parsed where it is JSON. Throws where the OpenAPI document doesn't have the answer. */
  // biome-ignore lint/suspicious/noExplicitAny: what comes over the wire is what the test is about to look at.
  call(path: string, init?: RequestInit): Promise<{ status: number; headers: Headers; body: any }>;
  /** Waits until a model answers, and returns the answer of /api/ready. */
  ready(accept?: (body: { version: string }) => boolean): Promise<{ version: string; precision: string }>;
  stop(): Promise<void>;
}

export async function startAppHost(settings: Record<string, string> = {}): Promise<AppHost> {
  const azurite = await startAzurite();
  const storage = openStorage({ MODEL_STORAGE: azurite.connectionString });
  await storage.ensureContainers();
  const all = {
    AzureWebJobsStorage: azurite.connectionString,
    MODEL_STORAGE: azurite.connectionString,
    BLOB_TRIGGER_SOURCE: 'LogsAndContainerScan',
    POINTER_MAX_AGE_SECONDS: '0.5',
    ...settings,
  };
  const state = mkdtempSync(join(tmpdir(), 'pawprint-host-'));
  const host = startNode(
    [
      ...['--import', join(ROOT, 'scripts/stack/end-with-parent.ts')],
      join(ROOT, 'scripts/host/main.ts'),
      ...['--root', ROOT, '--port', '0', '--state', state],
    ],
    all,
  );
  const url = (await host.until(/Now listening on: (\S+)/))[1]!;
  const call: AppHost['call'] = async (path, init) => {
    const response = await fetch(`${url}/api/${path}`, init);
    const text = await response.text();
    const { status, headers } = response;
    checkAnswer({ method: init?.method ?? 'GET', path: `/api/${path}`, status, headers, text });
    // The answer to HEAD has the type and no body.
    const isJson = text !== '' && /json/.test(headers.get('content-type') ?? '');
    return { status, headers, body: isJson ? JSON.parse(text) : text };
  };
  const ready: AppHost['ready'] = (accept = () => true) =>
    eventually(async () => {
      const { status, body } = await call('ready');
      return status === 200 && accept(body) ? body : undefined;
    });
  const stop = async () => {
    host.signal('SIGTERM');
    await host.ended;
    await azurite.stop();
    rmSync(state, { recursive: true, force: true });
  };
  return { url, azurite, storage, host, call, ready, stop };
}
