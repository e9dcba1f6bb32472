/** The settings of the local stack, checked before anything is started. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '../../../core/errors.ts';
import { appSettings, checkSettings } from '../../../scripts/stack/settings.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pawprint-settings-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const writeLocal = (text: string) => writeFileSync(join(root, 'local.settings.json'), text);
const check = (env: Record<string, string>) =>
  checkSettings(appSettings('UseDevelopmentStorage=true', env), { env, root });

test('the settings of the stack alone are right, whatever storage the environment names', () => {
  expect(() => check({})).not.toThrow();
  expect(() => check({ MODEL_STORAGE: '', BLOB_TRIGGER_SOURCE: 'nonsense' })).not.toThrow();
});

test('all that are wrong are named at once, of the environment and of local.settings.json', () => {
  writeLocal('{"Values": {"CLASSIFY_QUEUE": "many"}}');
  const wrong = () => check({ CLASSIFY_DEADLINE_SECONDS: '1000', CLASSIFY_AUTH_LEVEL: 'nobody' });
  expect(wrong).toThrow(ConfigurationError);
  for (const name of ['CLASSIFY_QUEUE', 'CLASSIFY_DEADLINE_SECONDS', 'CLASSIFY_AUTH_LEVEL'])
    expect(wrong).toThrow(name);
});

test('the environment wins over local.settings.json, as it does in the host', () => {
  writeLocal('{"Values": {"CLASSIFY_QUEUE": "many"}}');
  expect(() => check({ CLASSIFY_QUEUE: '3' })).not.toThrow();
});

test('a local.settings.json that is damaged is named', () => {
  writeLocal('{');
  expect(() => check({})).toThrow(ConfigurationError);
  expect(() => check({})).toThrow(/local\.settings\.json is not valid JSON.*Mend it/s);
});
