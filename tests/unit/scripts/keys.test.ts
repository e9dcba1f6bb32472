/** Keys by name: what `npm run keys` does with them, and how the host compares them. */
import crypto from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeyRing, loadKeys, readKeys, writeKeys } from '../../../scripts/host/key-file.ts';
import { identifyKey, type Keys } from '../../../scripts/host/keys.ts';
import { addKey, removeKey, retireKey, rotateKey } from '../../../scripts/keys/change.ts';
import { parseKeysOptions } from '../../../scripts/keys/command-line.ts';
import { formatKeys } from '../../../scripts/keys/format.ts';

const KEYS: Keys = {
  masterKey: 'the-master',
  functionKeys: { default: 'the-default', 'ios-app': 'the-ios-app' },
  systemKeys: { blobs_extension: 'the-extension' },
};
const NOW = Date.parse('2026-11-30T12:00:00Z');
const DAY = 86_400;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const nameOf = (keys: Keys, key: string, now = NOW) => identifyKey(keys, key, now)?.name;

describe('a key', () => {
  test.each([
    ['the-master', 'master', '_master'],
    ['the-default', 'function', 'default'],
    ['the-ios-app', 'function', 'ios-app'],
    ['the-extension', 'system', 'blobs_extension'],
  ])('%s is the %s key %s', (key, kind, name) => {
    expect(identifyKey(KEYS, key)).toEqual({ kind, name });
  });

  test.each(['', 'the-maste', 'the-master ', 'THE-MASTER', 'ios-app'])('%j is none', (key) => {
    expect(identifyKey(KEYS, key)).toBeUndefined();
  });

  test('is compared with every other, at equal length, whichever it is', () => {
    const compare = jest.spyOn(crypto, 'timingSafeEqual');
    const counts = ['the-master', 'the-extension', 'wrong', 't', 'x'.repeat(9000)].map((key) => {
      compare.mockClear();
      identifyKey(KEYS, key);
      for (const [a, b] of compare.mock.calls) expect([a.byteLength, b.byteLength]).toEqual([32, 32]);
      return compare.mock.calls.length;
    });
    compare.mockRestore();
    expect(counts).toEqual([4, 4, 4, 4, 4]);
  });
});

describe('keys of clients', () => {
  test('are added under a name, and open what function keys open', () => {
    const { keys, key } = addKey(KEYS, 'android_2');
    expect(identifyKey(keys, key)).toEqual({ kind: 'function', name: 'android_2' });
    expect(nameOf(keys, 'the-ios-app')).toBe('ios-app');
    expect(KEYS.functionKeys).not.toHaveProperty('android_2');
  });

  test.each(['', 'a b', '_master', '__proto__', 'é', 'x'.repeat(65), '../x', '-x'])(
    'are refused as %j',
    (name) => {
      expect(() => addKey(KEYS, name)).toThrow("can't be a name");
    },
  );

  test.each(['default', 'blobs_extension'])('are refused where there is %s', (name) => {
    expect(() => addKey(KEYS, name)).toThrow(`There is a key ${name} already`);
  });

  // A name that every object has is a name like any other.
  test('may be called toString', () => {
    expect(() => removeKey(KEYS, 'toString')).toThrow('There is no key "toString"');
    const { keys, key } = addKey(KEYS, 'toString');
    expect(nameOf(keys, key!)).toBe('toString');
    expect(nameOf(removeKey(keys, 'toString').keys, key!)).toBeUndefined();
  });

  test.each(['ios-app', '_master', 'blobs_extension'])('rotate without a pause: %s', (name) => {
    const old = { 'ios-app': 'the-ios-app', _master: 'the-master', blobs_extension: 'the-extension' }[name]!;
    const kind = identifyKey(KEYS, old)!.kind;
    const { keys, key, formerUntil } = rotateKey(KEYS, name, { graceSeconds: 7 * DAY, now: NOW });
    expect(formerUntil).toBe('2026-12-07T12:00:00.000Z');
    expect(identifyKey(keys, key, NOW)).toEqual({ kind, name });
    expect(identifyKey(keys, old, NOW)).toEqual({ kind, name, until: formerUntil });
    expect(nameOf(keys, old, NOW + 7 * DAY * 1000 - 1)).toBe(name);
    expect(nameOf(keys, old, NOW + 7 * DAY * 1000)).toBeUndefined();
    expect(nameOf(retireKey(keys, name).keys, old)).toBeUndefined();
    expect(nameOf(retireKey(keys, name).keys, key!)).toBe(name);
  });

  test('rotate at once with no time of grace', () => {
    const { keys, key } = rotateKey(KEYS, 'ios-app', { graceSeconds: 0, now: NOW });
    expect([nameOf(keys, 'the-ios-app'), nameOf(keys, key!)]).toEqual([undefined, 'ios-app']);
  });

  test('do not rotate twice while the former one is good: its clients would be shut out', () => {
    const options = { graceSeconds: DAY, now: NOW };
    const { keys } = rotateKey(KEYS, 'ios-app', options);
    expect(() => rotateKey(keys, 'ios-app', options)).toThrow(/good until 2026-12-01T12.*--retire/);
    expect(() => rotateKey(keys, 'default', options)).not.toThrow();
    expect(() => rotateKey(keys, 'ios-app', { ...options, now: NOW + DAY * 1000 })).not.toThrow();
  });

  test('are removed with what they had before; the host keeps its own', () => {
    const { keys } = rotateKey(KEYS, 'ios-app', { graceSeconds: DAY, now: NOW });
    const removed = removeKey(keys, 'ios-app').keys;
    expect(nameOf(removed, 'the-ios-app')).toBeUndefined();
    expect(removed).not.toHaveProperty('former');
    for (const name of ['_master', 'blobs_extension'])
      expect(() => removeKey(KEYS, name)).toThrow("host's own");
    expect(() => retireKey(KEYS, 'ios-app')).toThrow('has no former key');
  });

  test('are listed by name; their values only when asked for', () => {
    const { keys } = rotateKey(KEYS, 'ios-app', { graceSeconds: DAY, now: NOW });
    const text = formatKeys(keys, { show: false, now: NOW }).join('\n');
    expect(text).toMatch(/^ios-app +classify and feedback +until 2026-12-01T12:00:00.000Z$/m);
    for (const key of ['the-', ...Object.values(keys.functionKeys)]) expect(text).not.toContain(key);
    expect(formatKeys(KEYS, { show: true }).join('\n')).toContain('the-ios-app');
  });
});

describe('the file', () => {
  test('is written whole, for its owner only, and read by the host that runs', () => {
    const lines: string[] = [];
    const log = {
      info: (line: string) => lines.push(line),
      warn: (line: string) => lines.push(line),
      error: fail,
    };
    const ring = new KeyRing(folder, log);
    const before = ring.current();
    expect(ring.current()).toBe(before);
    const { keys, key } = addKey(before, 'ios-app');
    writeKeys(folder, keys);
    expect(nameOf(ring.current(), key!)).toBe('ios-app');
    expect(statSync(join(folder, 'keys.json')).mode & 0o777).toBe(0o600);
    expect(lines).toEqual(['The keys have changed.']);
  });

  test.each([
    ['cut off', '{"masterKey":'],
    ['without a master key', '{"functionKeys":{},"systemKeys":{}}'],
    ['with an empty key', '{"masterKey":"m","functionKeys":{"a":""},"systemKeys":{}}'],
  ])('%s is refused with its name, and a host that runs keeps its keys', (_kind, text) => {
    const warnings: string[] = [];
    const ring = new KeyRing(folder, { info: fail, warn: (line) => warnings.push(line), error: fail });
    const before = ring.current();
    writeFileSync(join(folder, 'keys.json'), text);
    expect(ring.current()).toBe(before);
    expect(ring.current()).toBe(before);
    expect(warnings).toEqual([expect.stringContaining(join(folder, 'keys.json'))]);
    expect(() => readKeys(folder)).toThrow(/keys\.json can't be read: .* Delete it to get new keys/);
  });

  test('that is gone shuts nobody out until the next start', () => {
    const ring = new KeyRing(folder, { info: fail, warn: () => {}, error: fail });
    const before = ring.current();
    rmSync(join(folder, 'keys.json'));
    expect(ring.current()).toBe(before);
  });

  test('is made once: who comes second gets the same keys', () => {
    expect(loadKeys(folder)).toEqual(loadKeys(folder));
    chmodSync(join(folder, 'keys.json'), 0o600);
    expect(readFileSync(join(folder, 'keys.json'), 'utf8')).toContain('"masterKey"');
  });
});

describe('the command line', () => {
  const parse = (...args: string[]) => parseKeysOptions(args, { folder: '/here' });

  test('has defaults', () => {
    expect(parse('rotate', 'ios-app')).toEqual({
      command: 'rotate',
      name: 'ios-app',
      show: false,
      retire: false,
      graceSeconds: 7 * DAY,
      stateFolder: '/here/.state',
    });
    expect(parse('list', '--help')).toBe('help');
    expect(parse('rotate', 'x', '--grace', '90m')).toMatchObject({ graceSeconds: 5400 });
  });

  test.each<[string[], string]>([
    [[], 'A command is missing'],
    [['ad', 'x'], 'There is no command "ad"'],
    [['add'], 'add takes one word after it: npm run keys -- add NAME'],
    [['list', 'x'], 'list takes nothing after it'],
    [['add', 'x', '--grace', '1d'], 'add takes no --grace'],
    [['rotate', 'x', '--grace', '1d', '--retire'], '--retire ends the former key now'],
    [['rotate', 'x', '--grace', '1w'], '--grace is a time'],
    [['rotate', 'x', '--grace', '366d'], '--grace is a time'],
    [['rotate', 'x', '--state', ''], '--state is empty'],
    [['rotate', 'x', '--force'], '--force'],
  ])('refuses %j with its name', (args, message) => {
    expect(() => parse(...args)).toThrow(message);
  });
});

function fail(line: string): void {
  throw new Error(`This should not be logged: ${line}`);
}
