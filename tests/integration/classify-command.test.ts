/** `npm run classify` as people use it: against the service, in a process of its own. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { petJpeg } from '../helpers/pictures.ts';
import { eventually, startNode, stopAll } from '../helpers/processes.ts';
import { type ServedApp, startServedApp } from '../helpers/served-app.ts';
import { type StandIn, startStandIn } from '../unit/clients/stand-in.ts';

/** More than a batch. */
const GOOD = 18;

let app: ServedApp;
let folder: string;
let standIn: StandIn | undefined;
beforeAll(async () => {
  app = await startServedApp();
  folder = mkdtempSync(join(tmpdir(), 'pawprint-classify-'));
  const jpeg = await petJpeg({ width: 200, height: 150 });
  for (const name of ['good', 'mixed', 'mixed/deeper', 'nothing', 'state'])
    mkdirSync(join(folder, name), { recursive: true });
  for (let i = 1; i <= GOOD; i++) writeFileSync(join(folder, 'good', `pet ${i}.jpg`), jpeg);
  writeFileSync(join(folder, 'mixed', 'cut.jpg'), jpeg.subarray(0, jpeg.length / 2));
  writeFileSync(join(folder, 'mixed', 'deeper', '=1+1, "x".JPG'), jpeg);
  writeFileSync(join(folder, 'mixed', 'empty.png'), '');
  writeFileSync(join(folder, 'mixed', '._fine.jpg'), 'what macOS writes');
  writeFileSync(join(folder, 'mixed', 'notes.txt'), 'no photograph');
  writeFileSync(join(folder, 'nothing', 'notes.txt'), 'no photograph');
}, 120_000);
afterEach(async () => {
  await standIn?.close();
  standIn = undefined;
});
afterAll(async () => {
  await app?.stop();
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

async function classify(words: string[], { url = app.url, env = {} } = {}) {
  const where = url === '' ? [] : ['--url', url];
  const running = startNode(['scripts/classify.ts', ...words, ...where], { INIT_CWD: folder, ...env });
  return { code: await running.ended, output: running.output() };
}

const linesOf = (file: string) => readFileSync(join(folder, file), 'utf8').split('\r\n').slice(0, -1);

test('a folder becomes a CSV with a row for each photograph, in the order in which people count', async () => {
  const { code, output } = await classify(['good', '--csv', 'out.csv']);
  expect(output).toContain(`${GOOD} photographs: ${GOOD} answered`);
  expect(code).toBe(0);
  const [header, ...lines] = linesOf('out.csv');
  expect(header).toMatch(/^photograph,breed,species,score,/);
  expect(lines.map((line) => line.split(',')[0])).toEqual(
    Array.from({ length: GOOD }, (_, i) => `pet ${i + 1}.jpg`),
  );
  for (const line of lines)
    expect(line).toMatch(new RegExp(`^pet \\d+\\.jpg,.+,(cat|dog),[01]\\.\\d{4},.*,${app.versions[0]}$`));
  expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([]);
});

test('failures are rows with their reason, names that are formulas do nothing, and the code is 1', async () => {
  const { code, output } = await classify(['mixed', 'missing.jpg', '--csv', 'mixed.csv']);
  expect(code).toBe(1);
  expect(output).toContain('4 photographs: 1 answered');
  expect(output).toContain('Left out: 1 that');
  const [, ...lines] = linesOf('mixed.csv');
  expect(lines.map((line) => line.replace(/mixed[/\\]/, '').slice(0, 8))).toEqual([
    'cut.jpg,',
    expect.stringMatching(/^"?deeper/),
    'empty.pn',
    'missing.',
  ]);
  expect(lines[0]).toMatch(/cut off|damaged|truncated/i);
  expect(lines[2]).toMatch(/empty/i);
  expect(lines[3]).toContain('There is no such file.');
  await classify([join('mixed', 'deeper'), '--csv', 'formula.csv']);
  expect(linesOf('formula.csv')[1]).toMatch(/^"'=1\+1, ""x"".JPG",/);
});

test('without a file to write it prints a table', async () => {
  const { code, output } = await classify([join('good', 'pet 1.jpg')]);
  expect(code).toBe(0);
  expect(output).toMatch(/^photograph +breed +score +or/m);
  expect(output).toMatch(/pet 1\.jpg +\S.* \d+\.\d % +\S/);
});

test('wrong words end with 2, and say what would be right', async () => {
  const wrong: [string[], RegExp, string?][] = [
    [[], /Which photographs/],
    [['good', '--cvs', 'x'], /--cvs/],
    [['good'], /--url is an address/, 'pets.example.org'],
    [['nothing'], /There is no photograph in nothing/],
    [['good', '--csv', 'no-such-folder/out.csv'], /no-such-folder\/out\.csv can't be written/],
    [['good', '--state', 'state'], /npm start -- --state state/, ''],
  ];
  for (const [words, message, url] of wrong) {
    const { code, output } = await classify(words, url === undefined ? {} : { url });
    expect([words, code, output]).toEqual([words, 2, expect.stringMatching(message)]);
  }
}, 120_000);

test('finds the npm start that runs on this machine, and says when it is gone', async () => {
  const state = join(folder, 'state', 'service.json');
  writeFileSync(state, JSON.stringify({ url: app.url, auth: false }));
  const words = [join('good', 'pet 1.jpg'), '--state', 'state'];
  expect((await classify(words, { url: '' })).code).toBe(0);
  const gone = await startStandIn({ status: 200 });
  await gone.close();
  writeFileSync(state, JSON.stringify({ url: gone.url, auth: false }));
  const { code, output } = await classify(words, { url: '' });
  rmSync(state);
  expect([code, output]).toEqual([2, expect.stringContaining(`Nothing answers at ${gone.url}`)]);
});

test('an address where nothing listens ends at once with 2, before anything is written', async () => {
  const gone = await startStandIn({ status: 200 });
  await gone.close();
  const places: [string, RegExp][] = [
    [gone.url, /no service at .*nothing listens there/],
    [gone.url.replace('127.0.0.1', 'localhost'), /no service at .*nothing listens there/],
    ['http://', /--url is an address/],
  ];
  for (const [url, message] of places) {
    const { code, output } = await classify(['good', '--csv', 'nowhere.csv'], { url });
    expect([url, code, output]).toEqual([url, 2, expect.stringMatching(message)]);
  }
  expect(readdirSync(folder).filter((name) => name.startsWith('nowhere'))).toEqual([]);
});

test('a service that answered once is asked again when its connection breaks', async () => {
  standIn = await startStandIn({ status: 0 }, { status: 0 }, { status: 401, body: '' });
  const { code } = await classify(['good', '--csv', 'broken.csv'], { url: standIn.url });
  expect([code, standIn.received.length]).toEqual([1, 3]);
  expect(linesOf('broken.csv')).toHaveLength(GOOD + 1);
});

test('waits as long as the service asks it to, and sends the key', async () => {
  const busy = { status: 429, headers: { 'retry-after': '1' } };
  standIn = await startStandIn(busy, { status: 401, body: '' });
  const { code } = await classify(['good', '--csv', 'busy.csv'], {
    url: standIn.url,
    env: { PAWPRINT_KEY: 'secret' },
  });
  const [first, second, ...more] = standIn.received;
  expect(second!.at - first!.at).toBeGreaterThanOrEqual(995);
  expect(first!.headers['x-functions-key']).toBe('secret');
  // A wrong key is wrong for the next batch too: it isn't sent.
  expect(more).toEqual([]);
  expect(code).toBe(1);
  const [, ...lines] = linesOf('busy.csv');
  expect(lines).toHaveLength(GOOD);
  for (const line of lines) expect(line).toMatch(/asks for a key.*--key KEY.*PAWPRINT_KEY/);
});

test('sends the key of a local service that asks for one, to that service only', async () => {
  standIn = await startStandIn({ status: 401, body: '' });
  const auth = join(folder, 'auth');
  mkdirSync(auth);
  writeFileSync(join(auth, 'service.json'), JSON.stringify({ url: standIn.url, auth: true }));
  writeFileSync(join(auth, 'keys.json'), JSON.stringify({ functionKeys: { default: 'local' } }));
  const words = [join('good', 'pet 1.jpg')];
  await classify([...words, '--state', 'auth'], { url: '' });
  await classify(words, { url: standIn.url });
  const sent = standIn.received.filter(({ method }) => method === 'POST');
  expect(sent.map(({ headers }) => headers['x-functions-key'])).toEqual(['local', undefined]);
});

test('when it is stopped, the file has a row for each photograph all the same', async () => {
  standIn = await startStandIn({ status: -1 });
  const words = ['good', '--csv', 'stopped.csv', '--url', standIn.url];
  const running = startNode(['scripts/classify.ts', ...words], { INIT_CWD: folder });
  await eventually(async () => (standIn!.received.length > 0 ? true : undefined));
  running.signal('SIGINT');
  expect(await running.ended).toBe(130);
  const [, ...lines] = linesOf('stopped.csv');
  expect(lines).toHaveLength(GOOD);
  for (const line of lines) expect(line).toContain('Stopped before its turn.');
});

test('the page holds every picture, and nothing of it comes from elsewhere', async () => {
  const { code } = await classify(['good', join('mixed', 'cut.jpg'), '--html', 'out.html']);
  expect(code).toBe(1);
  const page = readFileSync(join(folder, 'out.html'), 'utf8');
  expect(page.match(/<li class="pet">/g)).toHaveLength(GOOD + 1);
  expect(page.match(/<img src="data:image\/jpeg;base64,/g)!.length).toBeGreaterThanOrEqual(GOOD);
  expect(page).not.toMatch(/(src|href)="(?!data:)/);
});
