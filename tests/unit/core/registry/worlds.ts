/**
 * @module tests/unit/core/registry/worlds
 * A registry in memory with versions that are blessed, and a loader that a test can make fail.
 */
import { InvalidModelError, NotFoundError } from '../../../../core/errors.ts';
import type { loadServableModel, ServableModel } from '../../../../core/inference/servable-model.ts';
import { promoteIfNewer, writeRecord } from '../../../../core/registry/registry.ts';
import type { Gate, VersionRecord } from '../../../../core/registry/schema.ts';
import { memoryStorage } from '../../../helpers/memory-storage.ts';

export const AT = '2026-11-25T08:00:00.000Z';

/** `A` to `Z`, in the order of their time. */
export function version(letter: string): string {
  const minute = String(letter.charCodeAt(0) - 64).padStart(2, '0');
  return `20261125T08${minute}00Z-0000000${(letter.charCodeAt(0) - 64).toString(16).slice(-1)}`;
}

export function aGate(name: string, changes: Partial<Gate> = {}): Gate {
  return { name, value: 1, threshold: 1, passed: true, reason: `the reason of ${name}`, ...changes };
}

export function aRecord(name: string, changes: Partial<VersionRecord> = {}): VersionRecord {
  return {
    schemaVersion: 1,
    version: name,
    state: 'blessed',
    precision: 'int8',
    registeredAt: AT,
    gates: [aGate('hashes')],
    ...changes,
  };
}

/** Nothing is in production until `register` or `serve` is called. */
export function aRegistry() {
  const memory = memoryStorage();
  const { storage } = memory;
  const loads: string[] = [];
  const broken = new Map<string, 'damaged' | 'gone'>();
  const retired: string[] = [];
  const load: typeof loadServableModel = async (_, target) => {
    loads.push(target.version);
    const fault = broken.get(target.version);
    if (fault === 'damaged') throw new InvalidModelError('model.onnx is damaged');
    if (fault === 'gone') throw new NotFoundError('models/manifest.json is not there');
    const { version: name, precision } = target;
    const retire = async () => {
      retired.push(name);
    };
    return { manifest: { version: name }, precision, retire } as unknown as ServableModel;
  };
  const register = (letter: string, changes: Partial<VersionRecord> = {}) =>
    writeRecord(storage, aRecord(version(letter), changes));
  return {
    ...memory,
    memory,
    loads,
    retired,
    broken,
    /** What a person's move is given, unless a test says otherwise. */
    person: { by: 'ada', reason: 'a reason', load },
    load,
    /** Writes the record of a version. */
    register,
    /** Registers versions and lets each serve in turn, as the register function does. */
    async serve(...letters: string[]) {
      for (const letter of letters) {
        await register(letter);
        const target = { version: version(letter), precision: 'int8' } as const;
        await promoteIfNewer(storage, target, { at: AT, by: 'register', reason: 'newest' });
      }
    },
    pointerEtag: () => memory.blobs.get('registry/production.json')?.etag,
  };
}
