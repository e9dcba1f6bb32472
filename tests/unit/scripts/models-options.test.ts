import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BadRequestError, ConfigurationError } from '../../../core/errors.ts';
import { decisionOf, type ModelsOptions, parseModelsOptions } from '../../../scripts/models/command-line.ts';
import { findPlace } from '../../../scripts/models/place.ts';
import { formatTable } from '../../../scripts/models/table.ts';

const V = '20261125T081500Z-1c9f00aa';
const parse = (line: string) => parseModelsOptions(line.split(' ')) as ModelsOptions;

test('reads a command, its words and its options, in any order', () => {
  expect(parse(`canary ${V} --share .1 --reason why --by ada --json --state x`)).toEqual({
    command: 'canary',
    words: [V],
    share: 0.1,
    reason: 'why',
    by: 'ada',
    keep: undefined,
    dryRun: false,
    json: true,
    state: 'x',
  });
  expect(parse('--keep 3 gc --dry-run')).toMatchObject({ command: 'gc', keep: 3, dryRun: true });
  expect(parse('show production --help')).toBe('help');
});

test.each([
  ['', 'There is no command ""'],
  ['--json', 'A command is missing'],
  ['remove', 'There is no command "remove"'],
  ['toString', 'There is no command "toString"'],
  ['show', 'show takes one word after it: npm run models -- show V'],
  [`compare ${V}`, 'npm run models -- compare A B'],
  [`show ${V} --keep 3`, 'show takes no --keep'],
  ['list --dry-run', 'list takes no --dry-run'],
  ['gc --keep three', '--keep is a number, not "three"'],
  [`canary ${V} --share 10%`, '--share is a number'],
  ['rollback --reason', '--reason needs a text after it'],
  ['rollback --reason --state x', '--reason needs a text after it'],
  ['list --verbose', "Unknown option '--verbose'"],
])('refuses `%s`', (line, message) => {
  expect(() => parse(line)).toThrow(BadRequestError);
  expect(() => parse(line)).toThrow(message);
});

test('a move needs a reason, and is by the user of the machine unless a name is given', () => {
  expect(() => decisionOf(parse(`promote ${V}`))).toThrow('--reason');
  expect(decisionOf(parse(`promote ${V} --reason why --by ada`))).toEqual({ by: 'ada', reason: 'why' });
  expect(decisionOf(parse(`promote ${V} --reason why`)).by).not.toBe('');
});

describe('the registry that is meant', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pawprint-models-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const connection = (name: string) =>
    writeFileSync(join(folder, name), '{"MODEL_STORAGE":"from the folder"}');

  it('is that of the environment, and of a folder that is given by name before it', () => {
    connection('connection.json');
    const env = { MODEL_STORAGE: 'from the environment' };
    const settings = (state?: string) => findPlace({ state, env, folder }).settings.MODEL_STORAGE;
    expect(settings()).toBe('from the environment');
    expect(settings('.')).toBe('from the folder');
    expect(findPlace({ state: '.', env: {}, folder }).source).toBe(join(folder, 'connection.json'));
  });

  it('is said to be missing, with what to do', () => {
    const find = (state?: string) => () => findPlace({ state, env: { MODEL_STORAGE: '' }, folder });
    expect(find()).toThrow(ConfigurationError);
    expect(find()).toThrow(
      /MODEL_STORAGE isn't set, and .*\.state.connection\.json isn't there\. Start .*npm start/,
    );
    expect(find('elsewhere')).toThrow('npm start -- --state elsewhere');
  });
});

test('columns are as wide as their widest cell', () => {
  const rows = [
    ['a', '1', 'x'],
    ['bcd', '22', ''],
  ];
  expect(formatTable(rows, { right: [1] })).toEqual(['a     1  x', 'bcd  22']);
});
