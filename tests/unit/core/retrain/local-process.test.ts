/** Training as a process on this machine: one at a time, found again, and stopped. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalProcess } from '../../../../core/retrain/local-process.ts';
import type { Execution } from '../../../../core/retrain/trainer.ts';
import { retrainSettings } from '../../../../scripts/stack/retraining.ts';
import { eventually } from '../../../helpers/processes.ts';

let folder: string;
let lines: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-local-'));
  lines = [];
});
afterEach(async () => {
  const trainer = make('');
  for (const { name } of await trainer.list()) await trainer.stop(name);
  rmSync(folder, { recursive: true, force: true });
});

const make = (code: string) =>
  new LocalProcess({ command: [process.execPath, '-e', code], folder, log: (line) => lines.push(line) });
const endedAs = (trainer: LocalProcess, state: Execution['state']) =>
  eventually(async () => (await trainer.list()).find((execution) => execution.state === state));
const FOREVER = 'setInterval(() => {}, 1000)';

test('it gets the tag, what it prints is logged, and its end is known', async () => {
  const trainer = make('console.log("epoch 1 of", process.env.PAWPRINT_RUN); console.error("note")');
  expect(await trainer.list()).toEqual([]);
  expect(await trainer.start('run-1.1')).toBe('local-run-1.1');
  const { name, tag, startedAt, endedAt } = await endedAs(trainer, 'succeeded');
  expect([name, tag]).toEqual(['local-run-1.1', 'run-1.1']);
  expect(endedAt!.getTime()).toBeGreaterThanOrEqual(startedAt!.getTime());
  expect(lines).toContain('Training run-1.1: epoch 1 of run-1.1');
  expect(lines).toContain('Training run-1.1: note');
  expect(lines).toContain('Training run-1.1 ended (exit code 0)');
});

test('one that fails has failed', async () => {
  const trainer = make('process.exit(2)');
  await trainer.start('run-1.1');
  await endedAs(trainer, 'failed');
  expect(lines).toContain('Training run-1.1 ended (exit code 2)');
});

test('only one: a second is put off, by this process and by another that looks at the same folder', async () => {
  const [trainer, other] = [make(FOREVER), make(FOREVER)];
  const outcomes = await Promise.allSettled([trainer.start('a.1'), other.start('b.1'), trainer.start('c.1')]);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  await expect(other.start('d.1')).rejects.toMatchObject({ name: 'StartPostponedError' });
  expect((await other.list()).filter(({ state }) => state === 'running')).toHaveLength(1);
});

test('another process of the host finds it, and stops it', async () => {
  await make(FOREVER).start('run-1.1');
  const other = make(FOREVER);
  expect(await other.list()).toMatchObject([{ name: 'local-run-1.1', tag: 'run-1.1', state: 'running' }]);
  await other.stop('local-run-1.1');
  expect(await other.list()).toMatchObject([{ state: 'stopped' }]);
  await eventually(async () => lines.some((line) => line.includes('ended (SIGTERM)')) || undefined);
  // Once more is no fault, nor is one that nobody knows.
  await other.stop('local-run-1.1');
  await other.stop('local-never.1');
});

test('one that was killed with the host that started it, so that nobody noted its end, has failed', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  const note = { pid, tag: 'run-1.1', startedAt: new Date().toISOString(), endedAt: null, state: 'running' };
  writeFileSync(join(folder, 'local-run-1.1.json'), JSON.stringify(note));
  expect(await make('').list()).toMatchObject([{ name: 'local-run-1.1', state: 'failed' }]);
  await make('').start('run-1.2');
});

test('a program that there is not is named', async () => {
  const trainer = new LocalProcess({ command: ['no-such-program'], folder, log: () => {} });
  await expect(trainer.start('run-1.1')).rejects.toMatchObject({
    name: 'StartRefusedError',
    message: expect.stringContaining('"no-such-program" can\'t be started'),
  });
});

describe('npm start', () => {
  const places = { stateFolder: '/state', folder: __dirname };

  it('trains nothing without a data set', () => {
    expect(retrainSettings({}, places)).toEqual({});
    expect(retrainSettings({ TRAIN_DATA: '' }, places)).toEqual({});
  });

  it('trains on a folder that is meant from where it was called, or what Blob Storage has', () => {
    const here = retrainSettings({ TRAIN_DATA: '../retrain' }, places);
    expect(here).toMatchObject({ TRAIN_DATA: __dirname, TRAIN_WORK: '/state/training' });
    const command = JSON.parse(here.RETRAIN_COMMAND!) as string[];
    expect(command.filter((word) => word.startsWith('/')).filter((path) => !existsSync(path))).toEqual([]);
    expect(retrainSettings({ TRAIN_DATA: 'datasets/pets/' }, places).TRAIN_DATA).toBe('datasets/pets/');
  });

  it('leaves what was set by hand', () => {
    const set = { TRAIN_DATA: 'datasets/pets/', RETRAIN_MAX_ATTEMPTS: '3' };
    expect(retrainSettings(set, places).RETRAIN_MAX_ATTEMPTS).toBeUndefined();
  });
});
