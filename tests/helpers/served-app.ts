/**
 * @module tests/helpers/served-app
 * The app in our own host with a tiny version in production, and ways to ask it.
 */
import { convertVersion } from '../../core/lifecycle/convert-version.ts';
import { registerVersion } from '../../core/lifecycle/register-version.ts';
import type { Storage } from '../../core/storage/storage.ts';
import { type AppHost, startAppHost } from './app-host.ts';
import { aFloat32Version, pushTiny } from './push-tiny.ts';

export interface ServedApp extends AppHost {
  /** In the order of their registration; the last is in production. */
  versions: string[];
  /** POST, with a JSON body for an object and the bytes themselves for bytes. */
  post: (
    path: string,
    body?: Uint8Array | FormData | object | string,
    headers?: Record<string, string>,
  ) => ReturnType<AppHost['call']>;
}

/** Converts and registers a new tiny version. It answers by float32, whatever the machine. */
export async function publishTiny(storage: Storage, hour: number): Promise<string> {
  const createdAt = `2026-11-25T${String(hour).padStart(2, '0')}:00:00.000Z`;
  const version = await pushTiny(storage, await aFloat32Version({ seed: hour, createdAt }));
  await convertVersion(storage, version);
  await registerVersion(storage, version, { by: 'test' });
  return version;
}

/** Starts the app with so many versions registered. */
export async function startServedApp({
  versions: count = 1,
  settings = {},
}: {
  versions?: number;
  settings?: Record<string, string>;
} = {}): Promise<ServedApp> {
  // No trigger of the host may do beside the test what the test does.
  const app = await startAppHost({ BLOB_TRIGGER_SOURCE: 'EventGrid', ...settings });
  const versions: string[] = [];
  for (let i = 1; i <= count; i++) versions.push(await publishTiny(app.storage, i));
  await app.ready(({ version }) => version === versions.at(-1));
  const post: ServedApp['post'] = (path, body, headers = {}) => {
    const isPlain = typeof body === 'object' && !(body instanceof FormData) && !(body instanceof Uint8Array);
    return app.call(path, {
      method: 'POST',
      headers: { ...(isPlain && { 'content-type': 'application/json' }), ...headers },
      body: (isPlain ? JSON.stringify(body) : body) as NonNullable<RequestInit['body']>,
    });
  };
  return { ...app, versions, post };
}

/** A form of files and fields, in their order. */
export function aForm(
  entries: readonly (readonly [name: string, value: Uint8Array | string, filename?: string])[],
) {
  const form = new FormData();
  for (const [name, value, filename] of entries) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, new Blob([new Uint8Array(value)], { type: 'image/jpeg' }), filename ?? 'x.jpg');
  }
  return form;
}
