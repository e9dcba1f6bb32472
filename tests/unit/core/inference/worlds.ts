/**
 * @module tests/unit/core/inference/worlds
 * Models without files: they answer with scores that a test gives, and note what happens to them. Loads can be held
 * up and made to fail; the registry is in memory.
 */
import { InvalidModelError } from '../../../../core/errors.ts';
import { Models } from '../../../../core/inference/models.ts';
import type { loadServableModel, ServableModel } from '../../../../core/inference/servable-model.ts';
import { aTrainedManifest } from '../../../helpers/manifests.ts';
import { aRegistry, version } from '../registry/worlds.ts';

/** Resolves when it is opened. */
export function aGate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

export const background = async () => {
  for (let i = 0; i < 30; i++) await new Promise((resolve) => setImmediate(resolve));
};

export function aServing() {
  const registry = aRegistry();
  const world = {
    now: 0,
    /** Loads that wait for a test to let them go, by version. */
    held: new Map<string, ReturnType<typeof aGate>>(),
    damaged: new Set<string>(),
    /** What a version answers; with an error it throws. */
    answers: new Map<string, number[] | Error>(),
    loads: [] as string[],
    /** Loaded and not freed, in order. */
    alive: [] as string[],
    log: [] as string[],
  };
  const load: typeof loadServableModel = async (_, { version: name, precision }) => {
    world.loads.push(name);
    await world.held.get(name)?.opened;
    if (world.damaged.has(name)) throw new InvalidModelError('a flipped byte');
    world.alive.push(name);
    // A version that loads has its files; what is in them nobody reads here.
    const manifest = { bytes: Buffer.from('{}'), etag: '"0"', lastModified: new Date(0) };
    registry.memory.blobs.set(`models/${name}/manifest.json`, manifest);
    let uses = 0;
    const model: ServableModel = {
      manifest: aTrainedManifest({ version: name }),
      precision,
      async answer() {
        const scores = world.answers.get(name) ?? [0.75, 0.25];
        if (scores instanceof Error) throw scores;
        return { scores: Float64Array.from(scores), reason: null };
      },
      async use(task) {
        if (!world.alive.includes(name)) throw new Error(`${name} was freed before it was used`);
        uses++;
        return task(model).finally(() => uses--);
      },
      async retire() {
        if (uses > 0) world.log.push(`${name} was retired in use`);
        world.alive.splice(world.alive.indexOf(name), 1);
      },
    };
    return model;
  };
  const { storage } = registry;
  const log = (line: string) => world.log.push(line);
  const models = new Models({ storage, maxAgeSeconds: 15, log, load, clock: () => world.now });
  const ask = (name?: string, key = 'somebody') =>
    models.use({ name, key }, async (model) => model.manifest.version);
  return {
    registry,
    world,
    models,
    /** The version that answers. */
    ask,
    /** Lets the pointer be looked at, and all that follows from it happen. */
    async look() {
      world.now += 15_000;
      await ask().catch(() => {});
      await background();
    },
  };
}

export { version };
