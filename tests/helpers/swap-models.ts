/**
 * @module tests/helpers/swap-models
 * Swaps the model in production to and fro while requests are answered, and prints as JSON the resident memory
 * in MB after each swap.
 *
 *     node swap-models.ts SWAPS [leak]        `leak` leaves `dispose` out: what the test must notice
 *
 * Without `gc()`: a session that nobody disposed of is freed when its object is collected, so a forced
 * collection would hide what hours of real traffic, with hardly any garbage, show.
 */
import { ProductionModel } from '../../core/inference/production-model.ts';
import { loadServableModel } from '../../core/inference/servable-model.ts';
import { aWideVersion, memoryStorage } from './wide-version.ts';

const swaps = Number(process.argv[2]);
const load: typeof loadServableModel = async (...args) => {
  const model = await loadServableModel(...args);
  return process.argv[3] === 'leak' ? { ...model, retire: async () => {} } : model;
};
const versions = [await aWideVersion(1), await aWideVersion(2)];
const { storage, point } = memoryStorage(versions);
const production = new ProductionModel({ storage, maxAgeSeconds: 0, log: () => {}, load });

let over = false;
let answered = 0;
const pixels = new Uint8Array(16 * 16 * 3).fill(100);
async function ask(): Promise<void> {
  while (!over) {
    await production.use((model) => model.answer(pixels));
    answered++;
  }
}

point(versions[0]!);
const clients = [ask(), ask()];
const megabytes: number[] = [];
for (let swap = 1; swap <= swaps; swap++) {
  const next = versions[swap % 2]!;
  point(next);
  while ((await production.use(async (model) => model.manifest.version)) !== next.manifest.version) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  // The model before is freed after its last answer.
  await new Promise((resolve) => setTimeout(resolve, 20));
  megabytes.push(process.memoryUsage.rss() / 1e6);
}
over = true;
await Promise.all(clients);
console.log(JSON.stringify({ megabytes, answered, degraded: production.degraded }));
