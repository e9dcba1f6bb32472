import { parseConfig, parseRegistrationConfig } from '../../../core/config.ts';
import { ConfigurationError } from '../../../core/errors.ts';

const LOCAL = { MODEL_STORAGE: 'UseDevelopmentStorage=true' };

test('has defaults for everything but the storage', () => {
  const config = parseConfig(LOCAL);
  expect(config.BLOB_TRIGGER_SOURCE).toBe('EventGrid');
  expect(config.CLASSIFY_AUTH_LEVEL).toBe('function');
  expect(config.POINTER_MAX_AGE_SECONDS).toBe(15);
});

test('names every setting that is wrong', () => {
  const env = { BLOB_TRIGGER_SOURCE: 'Queue', CLASSIFY_QUEUE: '-1', CLASSIFY_DEADLINE_SECONDS: 'soon' };
  expect(() => parseConfig(env)).toThrow(ConfigurationError);
  for (const name of ['BLOB_TRIGGER_SOURCE', 'CLASSIFY_QUEUE', 'CLASSIFY_DEADLINE_SECONDS']) {
    expect(() => parseConfig(env)).toThrow(name);
  }
});

test('says what to set when no storage is named', () => {
  expect(() => parseConfig({})).toThrow(
    /MODEL_STORAGE: set a connection string, or MODEL_STORAGE__blobServiceUri/,
  );
});

test('takes an identity-based connection over https only', () => {
  const uri = 'https://account.blob.core.windows.net';
  expect(parseConfig({ MODEL_STORAGE__blobServiceUri: uri }).MODEL_STORAGE__blobServiceUri).toBe(uri);
  expect(() => parseConfig({ MODEL_STORAGE__blobServiceUri: 'account.blob.core.windows.net' })).toThrow(
    'MODEL_STORAGE__blobServiceUri',
  );
});

test('an empty value counts as not set', () => {
  expect(parseConfig({ ...LOCAL, CLASSIFY_QUEUE: '' }).CLASSIFY_QUEUE).toBe(16);
});

test('another wrong setting leaves the registration of functions alone', () => {
  expect(parseRegistrationConfig({ CLASSIFY_QUEUE: '-1' }).BLOB_TRIGGER_SOURCE).toBe('EventGrid');
  expect(() => parseRegistrationConfig({ BLOB_TRIGGER_SOURCE: 'Queue' })).toThrow('BLOB_TRIGGER_SOURCE');
});

test.each(['0 17 3 * * *', '0 */10 * * * *', '30 0 0 1 JAN-MAR MON,FRI'])(
  'takes %s for a schedule',
  (SWEEP_SCHEDULE) => {
    expect(parseRegistrationConfig({ SWEEP_SCHEDULE }).SWEEP_SCHEDULE).toBe(SWEEP_SCHEDULE);
  },
);

test.each(['17 3 * * *', 'daily', '0 17 3 * * * 2026', '@daily'])(
  'refuses %s for a schedule: it takes six fields',
  (SWEEP_SCHEDULE) => {
    expect(() => parseRegistrationConfig({ SWEEP_SCHEDULE })).toThrow(
      'SWEEP_SCHEDULE: must be a schedule of six fields',
    );
  },
);
