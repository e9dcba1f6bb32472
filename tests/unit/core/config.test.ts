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
  expect(parseConfig({ ...LOCAL, SHADOW_REPORT_SECONDS: '' }).SHADOW_REPORT_SECONDS).toBe(60);
});

test('as many photographs wait as are in work, where nothing else is set', () => {
  expect(parseConfig({ ...LOCAL, CLASSIFY_CONCURRENCY: '5' }).CLASSIFY_QUEUE).toBe(5);
  expect(parseConfig({ ...LOCAL, CLASSIFY_CONCURRENCY: '5', CLASSIFY_QUEUE: '0' }).CLASSIFY_QUEUE).toBe(0);
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

describe('tokens', () => {
  const TOKENS = {
    ...LOCAL,
    CLASSIFY_AUTH_LEVEL: 'anonymous',
    AUTH_ISSUER: 'https://issuer.example/',
    AUTH_AUDIENCE: 'api://pawprint, an-id',
  };

  test('are asked for by issuer and audience, kept as they are written', () => {
    const { AUTH_ISSUER, AUTH_AUDIENCE, AUTH_SCOPE } = parseConfig(TOKENS);
    expect([AUTH_ISSUER, AUTH_AUDIENCE, AUTH_SCOPE]).toEqual([
      'https://issuer.example/',
      ['api://pawprint', 'an-id'],
      undefined,
    ]);
    expect(parseConfig(LOCAL).AUTH_ISSUER).toBeUndefined();
  });

  test.each([
    [{ AUTH_AUDIENCE: '' }, 'AUTH_AUDIENCE: set it too'],
    [{ AUTH_AUDIENCE: 'a,' }, 'AUTH_AUDIENCE.1: write one audience'],
    [{ AUTH_ISSUER: '' }, 'AUTH_ISSUER: set it too'],
    [{ AUTH_ISSUER: 'http://issuer.example' }, 'AUTH_ISSUER: '],
    [{ AUTH_ISSUER: 'issuer.example' }, 'AUTH_ISSUER: '],
    [{ AUTH_JWKS_URI: 'http://issuer.example/keys' }, 'AUTH_JWKS_URI: '],
    [{ AUTH_SCOPE: 'pets.read pets.write' }, 'AUTH_SCOPE: write the name of one scope'],
    [{ AUTH_SCOPE: 'a"b' }, 'AUTH_SCOPE: write the name of one scope'],
    [{ CLASSIFY_AUTH_LEVEL: 'function' }, 'CLASSIFY_AUTH_LEVEL: set anonymous'],
    [{ CLASSIFY_AUTH_LEVEL: '' }, 'CLASSIFY_AUTH_LEVEL: set anonymous'],
  ])('by half, or wrongly, are refused: %j', (settings, message) => {
    expect(() => parseConfig({ ...TOKENS, ...settings })).toThrow(message);
  });

  test.each(['AUTH_SCOPE', 'AUTH_JWKS_URI'])('%s alone opens nothing', (name) => {
    const settings = { ...LOCAL, CLASSIFY_AUTH_LEVEL: 'anonymous', [name]: 'https://issuer.example' };
    expect(() => parseConfig(settings)).toThrow('AUTH_ISSUER: set it too');
  });
});
