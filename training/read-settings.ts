/**
 * @module training/read-settings
 * The settings of a run: default < environment variable (`TRAIN_` and the key in upper snake case) < `--key value`.
 */
import { ConfigurationError } from '../core/errors.ts';
import { type Entry, SECTIONS, type Settings, type Value } from './settings.ts';

const ENTRIES = new Map<string, Entry>(Object.values(SECTIONS).flatMap((section) => Object.entries(section)));

/**
 * Settings from the environment and the command line. `unknown` lists `TRAIN_` variables that set nothing.
 * Throws {@link ConfigurationError} for an unknown key (it names the nearest one) or a value of a wrong type.
 */
export function readSettings(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): { settings: Settings; unknown: string[] } {
  const settings: Record<string, Value> = {};
  for (const [key, entry] of ENTRIES) {
    const name = `TRAIN_${snake(key)}`;
    const text = env[name];
    settings[key] = text === undefined || text === '' ? entry.default : parse(text, name, entry);
  }
  const known = new Set([...ENTRIES.keys()].map((key) => `TRAIN_${snake(key)}`));
  const unknown = Object.keys(env).filter((name) => name.startsWith('TRAIN_') && !known.has(name));

  const words = argv.flatMap((word) => (/^--[^=]+=/.test(word) ? splitAtEquals(word) : [word]));
  for (let at = 0; at < words.length; at++) {
    const { key, entry } = lookUp(words[at]!);
    const next = words[at + 1];
    const isFlag = typeof entry.default === 'boolean' && (next === undefined || next.startsWith('--'));
    if (isFlag) {
      settings[key] = true;
      continue;
    }
    if (next === undefined || next.startsWith('--')) {
      throw new ConfigurationError(`--${kebab(key)} needs a value: ${entry.help}.`);
    }
    settings[key] = parse(next, `--${kebab(key)}`, entry);
    at++;
  }
  return { settings: settings as Settings, unknown };
}

/** The text of `--help` of a command. */
export function describeSettings(command = 'train'): string {
  const lines = Object.entries(SECTIONS).flatMap(([section, entries]) => [
    '',
    section,
    ...Object.entries(entries as Record<string, Entry>).map(([key, { default: value, help, among }]) => {
      const choice = among ? `${help}: ${among.join(', ')}` : help;
      return `  --${kebab(key).padEnd(24)} ${choice} (${value === '' ? 'empty' : value})`;
    }),
  ]);
  return [`Usage: npm run ${command} -- --data DIR [--key value ...]`, ...lines, ''].join('\n');
}

function lookUp(word: string): { key: string; entry: Entry } {
  if (!word.startsWith('--')) {
    throw new ConfigurationError(`${JSON.stringify(word)} is not a setting. Settings look like --key value.`);
  }
  const key = word.slice(2).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const entry = ENTRIES.get(key);
  if (entry) return { key, entry };
  const nearest = [...ENTRIES.keys()]
    .map(kebab)
    .sort((a, b) => distance(word.slice(2), a) - distance(word.slice(2), b))[0]!;
  throw new ConfigurationError(
    `There is no setting ${word}. Did you mean --${nearest}? --help lists them all.`,
  );
}

function parse(text: string, name: string, entry: Entry): Value {
  const fail = (expected: string) =>
    new ConfigurationError(`${name} is ${JSON.stringify(text)}, expected ${expected}: ${entry.help}.`);
  if (entry.among && !entry.among.includes(text)) throw fail(`one of ${entry.among.join(', ')}`);
  if (typeof entry.default === 'string') return text;
  if (typeof entry.default === 'boolean') {
    if (text !== 'true' && text !== 'false') throw fail('true or false');
    return text === 'true';
  }
  const number = Number(text);
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = entry;
  const isNumber =
    text.trim() !== '' && Number.isFinite(number) && (!entry.integer || Number.isInteger(number));
  if (!isNumber || number < min || number > max) {
    const range = [
      entry.min === undefined ? '' : ` from ${min}`,
      entry.max === undefined ? '' : ` to ${max}`,
    ];
    throw fail(`${entry.integer ? 'a whole number' : 'a number'}${range.join('')}`);
  }
  return number;
}

function splitAtEquals(word: string): [string, string] {
  const at = word.indexOf('=');
  return [word.slice(0, at), word.slice(at + 1)];
}

const kebab = (key: string) => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const snake = (key: string) => kebab(key).replaceAll('-', '_').toUpperCase();

/** Levenshtein's distance: the fewest letters put in, left out or changed that turn `a` into `b`. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
