/** Ten times the load that the app can take: everybody has an answer, and nothing is left of it afterwards. */
import { type Answered, openClient } from '../../scripts/bench-load/client.ts';
import { countByStatus } from '../../scripts/bench-load/figures.ts';
import { type Ask, atRate, inTurn } from '../../scripts/bench-load/load.ts';
import { png } from '../helpers/pictures.ts';
import { stopAll } from '../helpers/processes.ts';
import { type ServedApp, startServedApp } from '../helpers/served-app.ts';

/** Fewer, by OVERLOAD_SECONDS, are for trying this test itself. */
const SECONDS = Number(process.env.OVERLOAD_SECONDS ?? 30);
/** CLASSIFY_DEADLINE_SECONDS without a setting: nothing that is asked of the service may take longer. */
const DEADLINE_MS = 20_000;
const [SLOTS, QUEUE, TIMES] = [2, 2, 10];

let app: ServedApp;
beforeAll(async () => {
  app = await startServedApp({ settings: { CLASSIFY_CONCURRENCY: `${SLOTS}`, REQUEST_LOG: 'off' } });
}, 120_000);
afterAll(async () => {
  await app?.stop();
  await stopAll();
}, 30_000);

/** The answers to one question after the other, a tenth of a second between them, as long as `goesOn`. */
async function askWhile(goesOn: () => boolean, ask: Ask): Promise<Answered[]> {
  const answers: Answered[] = [];
  while (goesOn()) {
    answers.push(await ask());
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return answers;
}

test(`${TIMES} times what it can take, for ${SECONDS} s: 200 or 429 for each, health for all, and an empty queue`, async () => {
  // Small to send, long to decode: so ten times as many are few enough that the machine of the test can send them.
  const row = Buffer.alloc(5000 / 8, 0x55);
  const picture = png({ width: 5000, height: 4000, bitDepth: 1, colourType: 0, row });
  const [clients, probe] = [openClient(app.url), openClient(app.url)];
  const ask = () => clients.ask('/api/classify', picture);
  const usual = await inTurn(ask, { clients: SLOTS, seconds: 3 });
  expect([...countByStatus(usual).keys()]).toEqual([200]);
  const perSecond = (TIMES * usual.length) / 3;

  // One after the other, as a load balancer asks, from before the load to its last answer.
  let isUnderLoad = true;
  const probing = askWhile(
    () => isUnderLoad,
    () => probe.ask('/api/health'),
  );
  const answers = await atRate(ask, { perSecond, seconds: SECONDS });
  isUnderLoad = false;
  const health = await probing;

  const statuses = countByStatus(answers);
  console.log(`${perSecond.toFixed(0)} requests a second: ${JSON.stringify(Object.fromEntries(statuses))}`);
  expect(answers).toHaveLength(Math.round(perSecond * SECONDS));
  expect([...statuses.keys()]).toEqual([200, 429]);
  for (const { status, retryAfter, body } of answers) {
    if (status === 429) expect([retryAfter, JSON.parse(body)]).toMatchObject(['1', { status: 429 }]);
    else expect(JSON.parse(body).predictions).toHaveLength(3);
  }
  expect([...countByStatus(health).keys()]).toEqual([200]);
  // No figure of a quick machine: only that none waits as long as the slowest photograph may.
  const slowest = Math.max(...health.map(({ milliseconds }) => milliseconds));
  console.log(`${health.length} times health under load, the slowest ${slowest.toFixed(0)} ms`);
  expect(slowest).toBeLessThan(DEADLINE_MS);
  // Asked again 100 ms after each answer: fewer would say that it was held for most of the time.
  expect(health.length).toBeGreaterThan(SECONDS / 5);

  // As many as it takes at once are taken: nobody who was answered holds a slot or a place.
  const after = await Promise.all(Array.from({ length: SLOTS + QUEUE }, ask));
  expect(after.map(({ status }) => status)).toEqual(new Array(SLOTS + QUEUE).fill(200));
  clients.close();
  probe.close();
}, 120_000);
