/**
 * @module core/lifecycle/steps
 * The two steps that a manifest's arrival starts, as {@link runStep} runs them.
 */
import { FILE } from '../manifest.ts';
import { findPointer, inspectRecord } from '../registry/registry.ts';
import { versionPath } from '../storage/names.ts';
import type { Storage } from '../storage/storage.ts';
import { convertVersion } from './convert-version.ts';
import { type RegisterOptions, type Registration, registerVersion } from './register-version.ts';
import type { Step } from './run-step.ts';

/** `trained/{version}` to `models/{version}`. Done as long as the servable manifest is there. */
export function convertStep(
  storage: Storage,
  version: string,
  options: { mostWeights?: number } = {},
): Step<Awaited<ReturnType<typeof convertVersion>>> {
  return {
    name: 'convert',
    version,
    work: () => convertVersion(storage, version, options),
    isDone: async () =>
      (await storage.properties('models', versionPath(version, FILE.manifest))) !== undefined,
  };
}

/**
 * `models/{version}` to its record and, perhaps, to production. Done as long as it is blessed and something is in
 * production: a version that was rejected or failed is judged again, since its files may have been mended.
 */
export function registerStep(
  storage: Storage,
  version: string,
  options: RegisterOptions,
): Step<Registration | 'gone'> {
  return {
    name: 'register',
    version,
    work: () => registerVersion(storage, version, options),
    isDone: async () => {
      const record = await inspectRecord(storage, version);
      const isBlessed = record !== 'damaged' && record?.state === 'blessed' && record.removed === undefined;
      return isBlessed && (await findPointer(storage)) !== undefined;
    },
  };
}
