/** `npm run feedback` as a reviewer uses it, on Azurite. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepFeedback } from '../../core/feedback/feedback.ts';
import { openStorage, type Storage } from '../../core/storage/storage.ts';
import { type RunningAzurite, startAzurite } from '../../scripts/azurite.ts';
import * as pictures from '../helpers/pictures.ts';
import { startNode, stopAll } from '../helpers/processes.ts';

let azurite: RunningAzurite;
let storage: Storage;
let folder: string;
let pug: string;
let tagged: string;
let bare: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-feedback-'));
  azurite = await startAzurite();
  storage = openStorage({ MODEL_STORAGE: azurite.connectionString });
  await storage.ensureContainers();
  const jpeg = await pictures.petJpeg();
  const picture = { jpeg, width: 640, height: 480 };
  const said = { requestId: 'r-1', version: null };
  const at = (minute: number) => ({ now: () => new Date(Date.UTC(2026, 10, 29, 9, minute)) });
  pug = (await keepFeedback(storage, { ...said, label: 'pug', picture }, at(1))).id;
  tagged = (await keepFeedback(storage, { ...said, label: '<b>"tag"</b>', picture }, at(2))).id;
  bare = (await keepFeedback(storage, { ...said, label: 'pug', picture: null }, at(3))).id;
}, 60_000);
afterAll(async () => {
  await stopAll();
  await azurite?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

/** Runs the command in a process of its own. */
async function feedback(...words: string[]) {
  const env = { MODEL_STORAGE: azurite.connectionString };
  const running = startNode(['scripts/feedback.ts', ...words], env);
  const code = await running.ended;
  return { code, output: running.output() };
}

test('a reviewer lists, looks, accepts and rejects', async () => {
  const list = await feedback('list', '--review', 'pending');
  expect(list.code).toBe(0);
  const lines = list.output.trimEnd().split('\n');
  expect(lines[0]).toMatch(/^id +at \(UTC\) +said +picture +state +as$/);
  expect(lines[1]).toMatch(new RegExp(`^${pug} +2026-11-29 09:01 +pug +640 x 480 +pending +-$`));
  expect(lines[3]).toMatch(new RegExp(`^${bare} .* - +pending`));

  const out = join(folder, 'sheet.html');
  expect((await feedback('sheet', '--out', out)).output).toContain('2 pictures');
  const page = readFileSync(out, 'utf8');
  expect(page).toContain(`npm run feedback -- accept ${pug}`);
  expect(page).toContain('&lt;b&gt;&quot;tag&quot;&lt;/b&gt;');
  expect(page).not.toContain('<b>');
  expect(page.match(/data:image\/jpeg;base64,\/9j\//g)).toHaveLength(2);

  // The beginning of an id is enough.
  const accepted = await feedback('accept', pug.slice(0, 20), '--by', 'ada', '--reason', 'clear');
  expect(accepted).toMatchObject({ code: 0, output: `${pug} is accepted as pug.\n` });
  expect(await storage.list('datasets')).toEqual([`feedback/pug/${pug}.jpg`]);
  const shown = await feedback('show', pug);
  expect(shown.output).toMatch(/review +ada, .*, as pug: clear/);

  expect((await feedback('reject', pug, '--by', 'ada')).output).toBe(`${pug} is rejected.\n`);
  expect(await storage.list('datasets')).toEqual([]);
  const { feedback: rejected } = JSON.parse(
    (await feedback('list', '--review', 'rejected', '--json')).output,
  );
  expect(rejected.map(({ id }: { id: string }) => id)).toEqual([pug]);
}, 120_000);

test('one that can not be accepted is named, and the others are', async () => {
  const { code, output } = await feedback('accept', bare, tagged, '--label', 'beagle', '--by', 'ada');
  expect(code).toBe(2);
  expect(output).toContain(`${bare}: Feedback ${bare} came without a picture`);
  expect(output).toContain(`${tagged} is accepted as beagle.`);
  expect(await storage.list('datasets')).toEqual([`feedback/beagle/${tagged}.jpg`]);
}, 60_000);

test.each<[string, string[], string]>([
  ['no command', [], 'A command is missing'],
  ['a command that there is not', ['delete'], 'There is no command "delete"'],
  ['no id', ['accept'], 'accept takes one word or more after it: npm run feedback -- accept ID...'],
  ['an id that is none', ['show', '../x'], 'is not an id of feedback'],
  ['an id that nobody has', ['show', '20200101-'], 'There is no feedback that begins with'],
  ['a beginning that several have', ['show', '20261129-09'], '3 pieces of feedback begin with'],
  ['a state that there is not', ['list', '--review', 'new'], '--review is pending, accepted, rejected'],
  // As in every command, --state is a folder.
  ['a folder without a service', ['list', '--state', 'pending'], "pending/connection.json isn't there"],
  ['an option of another command', ['list', '--label', 'pug'], 'list takes no --label'],
])('refuses %s', async (_kind, words, message) => {
  const { code, output } = await feedback(...words);
  expect(code).toBe(2);
  expect(output).toContain(message);
});
