/**
 * @module scripts/bench-load
 * What a service does under more load than it can take: more clients, which do as they are told, and more requests, which
 * don't. It starts one of its own with the starter's model and loads it from the same machine: so the figures that say
 * something are ratios within a run.
 *
 *     npm run bench:load [-- --seconds N] [--times N] [--photo FILE]...
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { parseConfig } from '../core/config.ts';
import { BadRequestError, messageOf, PawprintError } from '../core/errors.ts';
import { decodeGolden } from '../core/golden.ts';
import { FILE, parseManifest } from '../core/manifest.ts';
import { type Answered, openClient } from './bench-load/client.ts';
import { countByStatus, describeTimes, quantile, recoveredAfter, timesOf } from './bench-load/figures.ts';
import { atRate, every, inTurn } from './bench-load/load.ts';
import { ROOT } from './paths.ts';
import { startStack } from './stack/stack.ts';

const USAGE = `npm run bench:load -- [options]

  --seconds N   of each of the two loads (default 30)
  --times N     what it can take, so many times (default 10)
  --photo FILE  what is sent; may be given several times (default: the starter's golden pictures, 1024 x 768)
  --help        show this`;

/** Goals: of p99 under load to p99 without, and until the service is at full speed again. */
const [RATIO_GOAL, RECOVERY_GOAL_MS] = [3, 1000];
const [WARM_UP_SECONDS, ALONE_SECONDS, CAPACITY_SECONDS, AFTER_SECONDS] = [4, 12, 6, 4];
const HEALTH_EVERY_MS = 100;

function optionsOf(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        seconds: { type: 'string', default: '30' },
        times: { type: 'string', default: '10' },
        photo: { type: 'string', multiple: true, default: [] },
        help: { type: 'boolean', default: false },
      },
    });
    const [seconds, times] = [Number(values.seconds), Number(values.times)];
    if (!(seconds > 0 && times > 0)) throw new Error('--seconds and --times are numbers above 0.');
    return { seconds, times, photos: values.photo, help: values.help };
  } catch (error) {
    throw new BadRequestError(`${messageOf(error)}\n\n${USAGE}`, { cause: error });
  }
}

/** The files, or the golden pictures of the starter in the size that the page sends. */
async function photographs(files: readonly string[]): Promise<Uint8Array[]> {
  if (files.length > 0) return files.map((file) => readFileSync(resolve(process.env.INIT_CWD ?? '.', file)));
  const folder = join(ROOT, 'starter', 'model');
  const manifest = parseManifest(readFileSync(join(folder, FILE.manifest)));
  const { n, pixels } = decodeGolden(readFileSync(join(folder, FILE.golden)), manifest);
  const { width, height } = manifest.input;
  const bytes = width * height * 3;
  return Promise.all(
    Array.from({ length: n }, (_, i) =>
      sharp(pixels.subarray(i * bytes, (i + 1) * bytes), { raw: { width, height, channels: 3 } })
        .resize(1024, 768, { fit: 'fill' })
        .jpeg({ quality: 85 })
        .toBuffer(),
    ),
  );
}

async function measure(url: string, options: { seconds: number; times: number; pictures: Uint8Array[] }) {
  const { seconds, times, pictures } = options;
  const client = openClient(url);
  let asked = 0;
  const ask = () => client.ask('/api/classify', pictures[asked++ % pictures.length]!);
  const { CLASSIFY_CONCURRENCY: slots, CLASSIFY_QUEUE: queue } = parseConfig({
    MODEL_STORAGE: 'x',
    ...process.env,
  });
  console.log(
    `${slots} photographs at once, ${queue} waiting; ${pictures.length} pictures are sent in turn\n`,
  );

  await inTurn(ask, { clients: slots + queue, seconds: WARM_UP_SECONDS });
  const alone = timesOf(await inTurn(ask, { seconds: ALONE_SECONDS }), 200);
  console.log(`unloaded    ${describeTimes(alone)}; ${alone.length} answers`);
  const full = timesOf(await inTurn(ask, { clients: slots, seconds: CAPACITY_SECONDS }), 200);
  const capacity = full.length / CAPACITY_SECONDS;
  console.log(`at capacity ${describeTimes(full)}; ${capacity.toFixed(1)} answers a second`);

  const probe = openClient(url);
  const under = async (name: string, load: (seconds: number) => Promise<Answered[]>) => {
    // Code that refuses has hardly run so far, and connections are to be made: that is the first second's, not the load's.
    await load(WARM_UP_SECONDS);
    const stopHealth = every(HEALTH_EVERY_MS, () => probe.ask('/api/health'));
    const start = performance.now();
    const loaded = await load(seconds);
    const took = (performance.now() - start) / 1000;
    const health = await stopHealth();
    const after = await inTurn(ask, { seconds: AFTER_SECONDS });
    report({ name, alone, loaded, health, after, seconds: took });
  };
  const clients = times * (slots + queue);
  await under(`${clients} clients that wait when they are told to`, (seconds) =>
    inTurn(ask, { clients, seconds, isPolite: true }),
  );
  const perSecond = times * capacity;
  await under(`${perSecond.toFixed(0)} requests a second, whatever is answered`, (seconds) =>
    atRate(ask, { perSecond, seconds }),
  );
  client.close();
  probe.close();
  const average = loadavg()[0]!.toFixed(1);
  console.log(`\n${availableParallelism()} processors, load average ${average} in the last minute`);
}

function report(found: {
  name: string;
  alone: number[];
  loaded: Answered[];
  health: Answered[];
  after: Answered[];
  seconds: number;
}): void {
  const { name, alone, loaded, health, after, seconds } = found;
  const accepted = timesOf(loaded, 200);
  const statuses = [...countByStatus(loaded)].map(([status, count]) => `${status || 'none'}: ${count}`);
  const alive = timesOf(health, 200);
  console.log(`\n${name}, for ${seconds.toFixed(0)} s`);
  console.log(
    `accepted    ${describeTimes(accepted)}; ${(accepted.length / seconds).toFixed(1)} answers a second`,
  );
  console.log(`statuses    ${statuses.join(', ')}`);
  console.log(`429         ${describeTimes(timesOf(loaded, 429))}`);
  console.log(`/api/health ${describeTimes(alive)}; ${alive.length} of ${health.length}`);
  const ratio = (share: number) => (quantile(accepted, share) / quantile(alone, share)).toFixed(2);
  console.log(
    `loaded to unloaded: p99 ${ratio(0.99)}, median ${ratio(0.5)}; the goal for p99 is below ${RATIO_GOAL}`,
  );
  const recovered = recoveredAfter(after, { usual: quantile(alone, 0.5) });
  const when = recovered === undefined ? `not within ${AFTER_SECONDS} s` : `after ${recovered.toFixed(0)} ms`;
  console.log(`full speed again ${when}; the goal is ${RECOVERY_GOAL_MS} ms`);
}

async function main(): Promise<void> {
  const state = mkdtempSync(join(tmpdir(), 'pawprint-load-'));
  const ended = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => ended.abort(new BadRequestError('Stopped.')));
  }
  try {
    const { help, photos, ...options } = optionsOf(process.argv.slice(2));
    if (help) return console.log(USAGE);
    const pictures = await photographs(photos);
    const stack = await startStack(
      { port: undefined, stateFolder: state, auth: false, inspectPort: undefined, host: 'own', help: false },
      { log: (line) => process.env.VERBOSE && console.log(line), signal: ended.signal },
    );
    try {
      await Promise.race([
        measure(stack.url, { ...options, pictures }),
        stack.broken.then((why) => Promise.reject(new BadRequestError(`${why}.`))),
        new Promise((_, reject) => ended.signal.addEventListener('abort', () => reject(ended.signal.reason))),
      ]);
    } finally {
      await stack.stop();
    }
  } catch (error) {
    console.error(error instanceof PawprintError ? error.message : error);
    process.exitCode = 1;
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}

await main();
