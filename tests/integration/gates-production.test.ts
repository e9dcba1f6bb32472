/** What a version is compared with: production with other labels, the starter, one that is damaged. */
import { parseGateConfig } from '../../core/config.ts';
import { UnavailableError } from '../../core/errors.ts';
import { LABELS_GATE, rejections, servingPrecision } from '../../core/lifecycle/gates/verdict.ts';
import { registerVersion } from '../../core/lifecycle/register-version.ts';
import { FILE } from '../../core/manifest.ts';
import { findRecord } from '../../core/registry/registry.ts';
import type { Storage } from '../../core/storage/storage.ts';
import { anEvaluation, metricsOf, TINY_LABELS } from '../helpers/evaluations.ts';
import {
  aRegistryAtWork,
  evaluationForFloat32,
  evaluationWith,
  type RegistryAtWork,
  type TinyOptions,
} from '../helpers/registry-at-work.ts';

const STARTER = '20261125T083516Z-f98d3c55';

let registry: RegistryAtWork;
beforeAll(async () => {
  registry = await aRegistryAtWork();
}, 60_000);
beforeEach(() => registry.empty());
afterAll(() => registry.stop());

describe('labels unlike production', () => {
  const LABELS = TINY_LABELS.map(({ species }, i) => ({ name: `Breed ${i}`, species }));
  const renamed = (name: string) => LABELS[TINY_LABELS.findIndex((label) => label.name === name)]!.name;
  const otherLabels = (): TinyOptions => {
    const pictures = anEvaluation({ labels: TINY_LABELS }).pictures.map((picture) => ({
      ...picture,
      label: renamed(picture.label),
      predicted: { float32: renamed(picture.predicted.float32), int8: renamed(picture.predicted.int8) },
    }));
    const metrics = metricsOf({ pictures }, LABELS);
    return { seed: 2, evaluation: { pictures }, changes: { labels: LABELS, metrics } };
  };

  // Field case 78: the reason is there to be read.
  it('are rejected with a reason, and a person finds that all else is well', async () => {
    const good = await registry.convert();
    await registry.register(good);
    const version = await registry.convert(otherLabels());
    const { record, outcome, gate } = await registry.register(version);
    expect(outcome).toBe('rejected');
    expect(rejections(record.gates).map(({ name }) => name)).toEqual([LABELS_GATE]);
    expect(gate(LABELS_GATE).reason).toContain(
      `labels changed against ${good} in production: new: Breed 0, Breed 1`,
    );
    expect((await findRecord(registry.storage, version))!.gates).toEqual(record.gates);
    expect(servingPrecision(record.gates.filter(({ name }) => name !== LABELS_GATE))).not.toBeNull();
    expect(await registry.inProduction()).toBe(good);
  });

  it('take over where GATE_LABELS is any', async () => {
    await registry.register(await registry.convert());
    const version = await registry.convert(otherLabels());
    const { outcome, gate } = await registry.register(version, {
      settings: parseGateConfig({ GATE_LABELS: 'any' }),
    });
    expect(outcome).toBe('promoted');
    expect(gate(LABELS_GATE)).toMatchObject({
      passed: true,
      reason: expect.stringContaining('GATE_LABELS is any'),
    });
  });

  it('and every figure may be, when the starter is in production', async () => {
    await registry.point({ version: STARTER, precision: 'int8' });
    const version = await registry.convert(otherLabels());
    const { outcome, gate } = await registry.register(version);
    expect(outcome).toBe('promoted');
    for (const name of [LABELS_GATE, 'top-1 against production', 'latency against production']) {
      expect(gate(name)).toMatchObject({ passed: true, reason: expect.stringContaining('is the starter') });
    }
    // The absolute gates count nonetheless.
    const poor = await registry.convert({ evaluation: evaluationWith(60) });
    await registry.point({ version: STARTER, precision: 'int8' });
    expect((await registry.register(poor)).outcome).toBe('rejected');
  });
});

describe('production that is damaged', () => {
  it.each([
    [
      'its manifest is gone',
      FILE.manifest,
      ['labels', 'top-1 against production', 'latency against production'],
    ],
    ['its evaluation is gone', FILE.evaluation, ['top-1 against production', 'top-3 against production']],
    ['its model is gone', FILE.float32, ['latency against production']],
  ])('does not keep out the next version, and the gates say so: %s', async (_, path, names) => {
    // float32 serves, whichever is faster here.
    const evaluation = evaluationForFloat32();
    const broken = await registry.convert({ evaluation });
    await registry.register(broken);
    await registry.remove(broken, path);
    const { outcome, gate } = await registry.register(await registry.convert({ seed: 2, evaluation }));
    expect(outcome).toBe('promoted');
    for (const name of names) {
      expect(gate(name)).toMatchObject({ passed: false, severity: 'warn' });
      expect(gate(name).reason).toMatch(new RegExp(`^not judged: ${broken} in production can't be`));
    }
  });

  it.each([
    ['the pointer', 'find', 'registry', /^production\.json$/],
    ['its own manifest', 'find', 'models', /manifest\.json$/],
    ['its own files', 'readModelFile', 'models', /./],
    ['the manifest in production', 'read', 'models', /manifest\.json$/],
  ] as const)('but storage that does not answer for %s is no verdict', async (_, call, container, path) => {
    await registry.register(await registry.convert());
    const version = await registry.convert({ seed: 2 });
    const { storage } = registry;
    const working = storage[call].bind(storage) as (...parameters: unknown[]) => Promise<unknown>;
    const broken = Object.assign(Object.create(storage) as Storage, {
      [call]: async (...parameters: [string, string]) => {
        const isMeant = parameters[0] === container && path.test(parameters[1]);
        if (isMeant) throw new UnavailableError('no answer');
        return working(...parameters);
      },
    });
    await expect(registerVersion(broken, version, { by: 'test' })).rejects.toThrow(UnavailableError);
    expect(await findRecord(storage, version)).toBeUndefined();
  });
});
