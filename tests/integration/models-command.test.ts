/** `npm run models` as people and programs use it, on Azurite. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convertVersion } from '../../core/lifecycle/convert-version.ts';
import { registerVersion } from '../../core/lifecycle/register-version.ts';
import { FILE } from '../../core/manifest.ts';
import { findPointer } from '../../core/registry/registry.ts';
import { emptyComparison, writeShadowReport } from '../../core/registry/shadow-figures.ts';
import { openStorage, type Storage } from '../../core/storage/storage.ts';
import { type RunningAzurite, startAzurite } from '../../scripts/azurite.ts';
import { startNode, stopAll } from '../helpers/processes.ts';
import { aFloat32Version, pushTiny } from '../helpers/push-tiny.ts';

let azurite: RunningAzurite;
let storage: Storage;
let folder: string;
let [first, second, third, fourth] = ['', '', '', ''];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-models-'));
  azurite = await startAzurite();
  storage = openStorage({ MODEL_STORAGE: azurite.connectionString });
  await storage.ensureContainers();
  const versions: string[] = [];
  for (const i of [1, 2, 3, 4]) {
    const tiny = await aFloat32Version({ seed: i, createdAt: `2026-11-25T1${i}:00:00.000Z` });
    versions.push(await pushTiny(storage, tiny));
    await convertVersion(storage, versions.at(-1)!);
    await registerVersion(storage, versions.at(-1)!, { by: 'register' });
  }
  [first, second, third, fourth] = versions as [string, string, string, string];
}, 60_000);
afterAll(async () => {
  await stopAll();
  await azurite.stop();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

/** Runs the command in a process of its own. */
async function models(
  line: string,
  env: Record<string, string> = { MODEL_STORAGE: azurite.connectionString },
) {
  const running = startNode(['scripts/models.ts', ...line.split(' ')], env);
  const code = await running.ended;
  return { code, output: running.output() };
}
const json = async (line: string) => JSON.parse((await models(`${line} --json`)).output);
const pointer = async () => (await findPointer(storage))!.pointer;

test('lists the versions, newest first, with what they are', async () => {
  const { code, output } = await models('list');
  expect(code).toBe(0);
  const lines = output.trimEnd().split('\n');
  expect(lines).toHaveLength(5);
  expect(lines[0]).toMatch(/^version +state +precision +top-1 +top-3$/);
  expect(lines[1]).toMatch(new RegExp(`^${fourth} +blessed +float32 +90\\.0 % +100\\.0 % +production$`));
  expect(lines[2]).toMatch(new RegExp(`^${third} .* previous$`));
  await expect(json('list')).resolves.toMatchObject({
    production: fourth,
    previous: third,
    canary: null,
    shadow: null,
    models: [{ version: fourth, state: 'blessed', top1: 0.9 }, {}, {}, { version: first }],
  });
});

test('shows the gates, the moves and how a shadow agreed', async () => {
  const seen = { n: 200, sameTop1: 190, sumDifference: 4, productionMs: 1000, shadowMs: 500 };
  await writeShadowReport(storage, {
    schemaVersion: 1,
    shadow: second,
    instance: 'one',
    since: new Date(0).toISOString(),
    at: new Date(0).toISOString(),
    comparisons: [{ ...emptyComparison(fourth), ...seen }],
  });
  const { code, output } = await models(`show ${second}`);
  expect(code).toBe(0);
  expect(output).toMatch(/^ {2}passed +parity, float32 .*probabilities on the golden inputs differ/m);
  expect(output).toMatch(/^ {2}not int8 +int8 keeps top-1 +0\.200 +0\.0100 +int8 loses 20\.0 points/m);
  expect(output).toMatch(
    `beside ${fourth}: 200 photographs, same breed 95.0 %, mean |dp| 0.0200, latency 0.50 of its`,
  );
  expect(output).toMatch(`register ${second} from ${first}, by register: `);
  await expect(json('show production')).resolves.toMatchObject({
    record: { version: fourth },
    manifest: { version: fourth },
    roles: ['production'],
    moves: [{ action: 'register', version: fourth, from: third }],
  });
});

test('promotes with a reason, rolls back, and tells both in the history', async () => {
  expect(await models(`promote ${first}`)).toMatchObject({
    code: 2,
    output: expect.stringContaining('--reason'),
  });
  const promoted = await models(`promote ${first} --reason steadier --by ada`);
  expect(promoted).toMatchObject({
    code: 0,
    output: expect.stringContaining(`Production is now ${first} (float32).`),
  });
  expect(promoted.output).toContain(`A rollback goes back to ${fourth}.`);
  await expect(json('rollback --reason worse --by grace')).resolves.toEqual({
    moved: true,
    production: fourth,
    precision: 'float32',
    previous: third,
    canary: null,
    shadow: null,
    skipped: [],
  });
  expect((await pointer()).history.slice(-2)).toMatchObject([
    { action: 'promote', version: first, from: fourth, by: 'ada', reason: 'steadier' },
    { action: 'rollback', version: fourth, from: first, by: 'grace', reason: 'worse' },
  ]);
});

test('what is refused ends with 2 and says why; the pointer stays', async () => {
  const before = await findPointer(storage);
  for (const [line, message] of [
    ['promote 20200101T000000Z-00000000 --reason x', 'is not registered'],
    ['promote newest --reason x', 'is not a model version'],
    ['promote canary --reason x', 'There is no canary'],
    [`canary ${first} --share 2 --reason x`, 'above 0 and at most 1'],
    [`shadow ${fourth} --reason x`, 'is in production already'],
    ['gc', '--keep N'],
  ] as const) {
    expect(await models(line)).toEqual({ code: 2, output: expect.stringContaining(message) });
  }
  expect(await findPointer(storage)).toEqual(before);
}, 120_000);

test('sets and ends a canary and a shadow', async () => {
  const on = await models(`canary ${first} --share .25 --reason try`);
  expect(on).toMatchObject({
    code: 0,
    output: expect.stringContaining(`canary  ${first}, 25.0 % of the traffic`),
  });
  await models(`shadow ${second} --reason look`);
  expect(await pointer()).toMatchObject({ canary: { version: first, share: 0.25 }, shadow: second });
  expect((await models('list')).output).toMatch(new RegExp(`^${first} .* canary 25\\.0 %$`, 'm'));
  await models('canary off --reason seen');
  expect(await json('shadow off --reason seen')).toMatchObject({ moved: true, canary: null, shadow: null });
});

test('compares two versions on the pictures that both held back', async () => {
  const { code, output } = await models('compare previous production');
  expect(code).toBe(0);
  expect(output).toMatch(new RegExp(`^ +${third} +${fourth}$`, 'm'));
  expect(output).toMatch(/^ {2}top-1 +90\.0 % +90\.0 %$/m);
  expect(output).toContain('Of 100 shared photographs 0 are right');
  await expect(json(`compare ${first} ${fourth}`)).resolves.toMatchObject({ pairs: 100, p: 1 });
});

test('gc says what it would remove, and then does', async () => {
  const dry = await models('gc --keep 1 --dry-run');
  expect(dry.output).toMatch(new RegExp(`^${second} +would be removed +\\d+ files`, 'm'));
  expect(await storage.list('models', second)).not.toEqual([]);
  const { removed } = await json('gc --keep 1 --by ada');
  // The first is what production came from, by the rollback above.
  expect(removed.map(({ version }: { version: string }) => version)).toEqual([second]);
  expect(await storage.list('models', second)).toEqual([]);
  expect((await models('list')).output).toMatch(new RegExp(`^${second} +removed +float32 +- +-$`, 'm'));
  expect((await models(`show ${second}`)).output).toMatch(/^removed +\S+ by ada: not among the newest 1$/m);
});

test('finds the storage of a running npm start by its state folder, and says so when it is out of reach', async () => {
  const write = (MODEL_STORAGE: string) =>
    writeFileSync(join(folder, 'connection.json'), JSON.stringify({ MODEL_STORAGE }));
  write(azurite.connectionString);
  expect(await models(`list --state ${folder}`, { MODEL_STORAGE: '' })).toMatchObject({
    code: 0,
    output: expect.stringContaining(`${fourth} `),
  });
  write(azurite.connectionString.replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:1'));
  const { code, output } = await models(`list --state ${folder}`, { MODEL_STORAGE: '' });
  expect([code, output]).toEqual([2, expect.stringMatching(/Storage didn't answer .*connection\.json/s)]);
  const none = await models(`list --state ${join(folder, 'none')}`);
  expect(none).toMatchObject({ code: 2, output: expect.stringContaining('npm start -- --state') });
});

test('a damaged registry is said as such', async () => {
  const { bytes, etag } = await storage.read('registry', 'production.json');
  await storage.replace('registry', 'production.json', bytes.subarray(10), etag);
  expect(await models('list')).toMatchObject({
    code: 2,
    output: expect.stringContaining('production.json is damaged'),
  });
  const damaged = await storage.read('registry', 'production.json');
  await storage.replace('registry', 'production.json', bytes, damaged.etag);
});

test('a version in the list whose manifest is gone has no figures, and help is help', async () => {
  const manifest = await storage.properties('models', `${first}/${FILE.manifest}`);
  await storage.remove('models', `${first}/${FILE.manifest}`, manifest!.etag);
  expect((await models('list')).output).toMatch(new RegExp(`^${first} +blessed +float32 +- +-`, 'm'));
  expect(await models('--help')).toMatchObject({
    code: 0,
    output: expect.stringContaining('npm run models -- COMMAND'),
  });
});
