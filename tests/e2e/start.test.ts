/**
 * `npm start` as a person uses it: from nothing to an answer by the starter's model, twice on the same data,
 * and gone without a trace when it ends.
 */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseManifest } from '../../core/manifest.ts';
import { petJpeg } from '../helpers/pictures.ts';
import { ROOT, type Running, startNode, stopAll } from '../helpers/processes.ts';

const ODD_IMAGES = join(ROOT, '../shared/data/odd-images');
const PETS = join(ROOT, '../shared/data/pets/images');
/** From nothing: building, Azurite, the host, and the starter's conversion. */
const START_MS = 180_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-start-'));
});
afterAll(async () => {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

const start = (args: string[], env = {}) =>
  startNode(['scripts/bootstrap.cjs', 'scripts/start.ts', '--host', 'own', ...args], env);

/** Processes whose command line names `text`, this one and its parents aside. */
function processesWith(text: string): string[] {
  const list = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' }).split('\n');
  return list.filter((line) => line.includes(text) && !line.includes('ps -eo'));
}

async function urlOf(running: Running): Promise<string> {
  return (await running.until(/^ready (\S+)$/m))[1]!;
}

async function classify(url: string, photograph: Uint8Array) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'image/jpeg' },
    body: new Uint8Array(photograph),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

describe('npm start', () => {
  let state: string;
  let running: Running;
  let url: string;
  const busy: Server[] = [];

  beforeAll(async () => {
    state = join(folder, 'state');
    // Field case 63: Azurite's usual ports are taken.
    for (const port of [10_000, 10_001]) {
      const server = createServer().on('error', () => {});
      server.listen(port, '127.0.0.1');
      busy.push(server);
    }
    running = start(['--state', state]);
    url = await urlOf(running);
  }, START_MS);
  afterAll(() => {
    for (const server of busy) server.close();
  });

  test("publishes the starter's model the whole way and says how to use it", async () => {
    const manifest = parseManifest(readFileSync(join(ROOT, 'starter/model/manifest.json')));
    const { body } = { body: JSON.parse(await (await fetch(url.replace('classify', 'ready'))).text()) };
    expect(body).toMatchObject({ status: 'ready', version: manifest.version });
    expect(running.output()).toMatch(/curl --data-binary @photo\.jpg .*\/api\/classify/);
    expect(running.output()).toContain('/api/app');
    const { status, body: answer } = await classify(url, await petJpeg());
    expect(status).toBe(200);
    expect(answer.predictions).toHaveLength(3);
  });

  test('a second stack on the same state is refused with the pid of the first', async () => {
    const second = start(['--state', state]);
    expect(await second.ended).toBe(1);
    expect(second.output()).toMatch(/is in use by process \d+/);
  }, 30_000);

  test('a taken port is refused by its number', async () => {
    const port = new URL(url).port;
    const second = start(['--state', join(folder, 'other'), '--port', port]);
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain(`Port ${port} is taken`);
    expect(processesWith(join(folder, 'other'))).toEqual([]);
  }, 30_000);

  const odd = existsSync(ODD_IMAGES) ? test : test.skip;
  odd(
    'each odd file of ../shared/data/odd-images answers 200 or a 4xx of the table',
    async () => {
      for (const name of readdirSync(ODD_IMAGES)) {
        const { status, body } = await classify(url, readFileSync(join(ODD_IMAGES, name)));
        expect([name, [200, 413, 415, 422].includes(status)]).toEqual([name, true]);
        if (status === 200) expect(body.predictions).toHaveLength(3);
      }
    },
    60_000,
  );

  const pets = existsSync(PETS) ? test : test.skip;
  pets(
    'photographs of ../shared/data/pets are told apart',
    async () => {
      let right = 0;
      let total = 0;
      for (const breed of readdirSync(PETS)) {
        const [photograph] = readdirSync(join(PETS, breed));
        const { body } = await classify(url, readFileSync(join(PETS, breed, photograph!)));
        total++;
        if (body.predictions.some((prediction: { breed: string }) => prediction.breed === breed)) right++;
      }
      // Most were trained on: this only shows that labels, resize and scaling fit together.
      expect(right / total).toBeGreaterThan(0.95);
    },
    60_000,
  );

  test(
    'SIGTERM stops everything, and the data is found again by the next',
    async () => {
      running.signal('SIGTERM');
      expect(await running.ended).toBe(143);
      expect(processesWith(state)).toEqual([]);
      await expect(fetch(url)).rejects.toThrow();

      running = start(['--state', state]);
      url = await urlOf(running);
      expect(running.output()).not.toContain('The registry is empty');
      expect((await classify(url, await petJpeg())).status).toBe(200);
      running.signal('SIGINT');
      expect(await running.ended).toBe(130);
      expect(processesWith(state)).toEqual([]);
      expect(existsSync(join(state, 'lock'))).toBe(false);
    },
    START_MS,
  );
});

test('settings that are wrong are named before anything is started', async () => {
  const state = join(folder, 'wrong-settings');
  const wrong = { CLASSIFY_AUTH_LEVEL: 'nobody', CLASSIFY_DEADLINE_SECONDS: '1000' };
  const running = start(['--state', state], wrong);
  expect(await running.ended).toBe(1);
  expect(running.output()).toContain('CLASSIFY_AUTH_LEVEL');
  expect(running.output()).toContain('CLASSIFY_DEADLINE_SECONDS');
  expect(running.output()).not.toMatch(/Starting|Building| {4}at /);
  expect(existsSync(join(state, 'azurite'))).toBe(false);
  expect(existsSync(join(state, 'lock'))).toBe(false);
}, 60_000);

test('a start that fails half-way stops what it had started, and says why', async () => {
  const state = join(folder, 'half-way');
  mkdirSync(state);
  writeFileSync(join(state, 'keys.json'), 'no keys');
  const running = start(['--state', state, '--auth']);
  expect(await running.ended).toBe(1);
  expect(running.output()).toContain('Starting Azurite');
  expect(running.output()).toContain('keys.json');
  expect(running.output()).toContain('before the service answered');
  expect(processesWith(state)).toEqual([]);
}, 60_000);

test(
  'a starter whose conversion failed as often as is tried is named, and tried again by the next start',
  async () => {
    const state = join(folder, 'used-up');
    const first = start(['--state', state], { CONVERT_MOST_WEIGHTS: '1' });
    expect(await first.ended).toBe(1);
    expect(first.output()).toMatch(/is failed:\n {2}convert ends: .*\n.*the next npm start/);
    const second = start(['--state', state]);
    await urlOf(second);
    expect(second.output()).toContain('its event is sent again');
    second.signal('SIGTERM');
    expect(await second.ended).toBe(143);
  },
  START_MS,
);

test('children end when npm start itself is killed', async () => {
  const state = join(folder, 'killed');
  const running = start(['--state', state]);
  await running.until(/Now listening on/);
  running.signal('SIGKILL');
  await running.ended;
  while (processesWith(state).length > 0) await new Promise((resolve) => setTimeout(resolve, 100));
}, 60_000);

test(
  'npm start ends, and says why, when Azurite is gone',
  async () => {
    const state = join(folder, 'no-azurite');
    const running = start(['--state', state]);
    await urlOf(running);
    const [line] = processesWith(join(state, 'azurite'));
    process.kill(Number(line!.trim().split(/\s+/)[0]), 'SIGKILL');
    expect(await running.ended).toBe(1);
    expect(running.output()).toContain('Azurite ended (SIGKILL)');
    expect(processesWith(state)).toEqual([]);
  },
  START_MS,
);

test(
  'two stacks started at the same moment both come up',
  async () => {
    const both = ['left', 'right'].map((name) => start(['--state', join(folder, name)]));
    const urls = await Promise.all(both.map(urlOf));
    expect(new Set(urls).size).toBe(2);
    for (const running of both) running.signal('SIGTERM');
    expect(await Promise.all(both.map(({ ended }) => ended))).toEqual([143, 143]);
  },
  START_MS,
);

test('a state folder that is a file is refused in one line', async () => {
  const file = join(folder, 'a-file');
  writeFileSync(file, '');
  const running = start(['--state', file]);
  expect(await running.ended).toBe(1);
  expect(running.output()).toContain(`${file} can't hold the state`);
  expect(running.output()).not.toContain('    at ');
});

test('--help shows the options', async () => {
  const running = start(['--help']);
  expect(await running.ended).toBe(0);
  expect(running.output()).toContain('--state DIR');
});
