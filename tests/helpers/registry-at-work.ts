/**
 * @module tests/helpers/registry-at-work
 * A registry on an Azurite of the test's, and tiny versions on their way into production.
 */
import { BlobServiceClient } from '@azure/storage-blob';
import type { Evaluation } from '../../core/evaluation.ts';
import { sha256 } from '../../core/hash.ts';
import { convertVersion } from '../../core/lifecycle/convert-version.ts';
import {
  type RegisterOptions,
  type Registration,
  registerVersion,
} from '../../core/lifecycle/register-version.ts';
import { FILE, formatManifest, type Manifest, parseManifest } from '../../core/manifest.ts';
import { findPointer } from '../../core/registry/registry.ts';
import { encodeDocument, type Gate, type Pointer } from '../../core/registry/schema.ts';
import { openStorage, type Storage } from '../../core/storage/storage.ts';
import { startAzurite } from '../../scripts/azurite.ts';
import { anEvaluation, TINY_LABELS } from './evaluations.ts';
import { pushTiny } from './push-tiny.ts';
import { aTinyVersion } from './tiny-version.ts';

export type TinyOptions = NonNullable<Parameters<typeof aTinyVersion>[0]>;

export interface RegistryAtWork {
  storage: Storage;
  /** Takes everything away, as if Azurite had been started anew. */
  empty(): Promise<void>;
  /** A version converted into `models`, each an hour newer than the one before. */
  convert(options?: TinyOptions): Promise<string>;
  register(
    version: string,
    options?: Partial<RegisterOptions>,
  ): Promise<Registration & { gate(name: string): Gate }>;
  /** Replaces files of a servable version, with a manifest that fits them: only what they do can tell. */
  rewrite(version: string, files: Record<string, Uint8Array>, changes?: Partial<Manifest>): Promise<void>;
  remove(version: string, file: string): Promise<void>;
  inProduction(): Promise<string | null>;
  /** Points production at a version, whatever it is. */
  point(to: Pick<Pointer, 'version' | 'precision'>): Promise<void>;
  stop(): Promise<void>;
}

export async function aRegistryAtWork(): Promise<RegistryAtWork> {
  const azurite = await startAzurite();
  const storage = openStorage({ MODEL_STORAGE: azurite.connectionString });
  const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
  let hour = 0;
  return {
    storage,
    async empty() {
      hour = 0;
      await storage.ensureContainers();
      for (const name of ['trained', 'models', 'registry']) {
        const container = service.getContainerClient(name);
        for await (const blob of container.listBlobsFlat()) await container.deleteBlob(blob.name);
      }
    },
    async convert(options = {}) {
      const createdAt = `2026-11-26T${String(hour++).padStart(2, '0')}:00:00.000Z`;
      const version = await pushTiny(storage, await aTinyVersion({ createdAt, ...options }));
      await convertVersion(storage, version);
      return version;
    },
    async register(version, options = {}) {
      const registration = await registerVersion(storage, version, { by: 'test', ...options });
      if (registration === 'gone') throw new Error(`${version} is gone`);
      const { gates } = registration.record;
      return { ...registration, gate: (name) => gates.find((gate) => gate.name === name)! };
    },
    async rewrite(version, files, changes = {}) {
      const path = `${version}/${FILE.manifest}`;
      const stored = await storage.read('models', path);
      const manifest = { ...parseManifest(stored.bytes), ...changes };
      for (const [name, bytes] of Object.entries(files)) {
        const { etag } = await storage.read('models', `${version}/${name}`);
        await storage.replace('models', `${version}/${name}`, bytes, etag);
        const entry = manifest.files.find((file) => file.path === name)!;
        Object.assign(entry, { bytes: bytes.length, sha256: sha256(bytes) });
      }
      await storage.replace('models', path, Buffer.from(formatManifest(manifest)), stored.etag);
    },
    async remove(version, file) {
      await service.getContainerClient('models').deleteBlob(`${version}/${file}`);
    },
    inProduction: async () => (await findPointer(storage))?.pointer.version ?? null,
    async point(to) {
      const rest = { canary: null, shadow: null, previous: null, history: [] };
      const etag = (await storage.find('registry', 'production.json'))?.etag ?? null;
      await storage.replace(
        'registry',
        'production.json',
        encodeDocument({ schemaVersion: 1, ...to, ...rest }),
        etag,
      );
    },
    stop: () => azurite.stop(),
  };
}

/** An evaluation of 100 pictures, always the same, of which the first `wrong` are wrong. */
export function evaluationWith(wrong: number): Evaluation {
  const ranks = Array.from({ length: 100 }, (_, i) => (i < wrong ? 2 : 1));
  return anEvaluation({ labels: TINY_LABELS, ranks });
}

/** An evaluation by which float32 serves, whichever is faster. */
export function evaluationForFloat32(): Evaluation {
  const int8 = Array.from({ length: 100 }, (_, i) => (i < 8 ? 2 : 1));
  return anEvaluation({ labels: TINY_LABELS, ranks: { float32: [1], int8 } });
}
