/**
 * Tokens in place of keys, over HTTP: the app in the local host, and who issues the tokens over HTTPS. Needs the built
 * app, as `npm test` makes it.
 */
import { openStorage } from '../../core/storage/storage.ts';
import { makeDocument } from '../../functions/openapi/document.ts';
import { allOperations } from '../../functions/openapi/operations.ts';
import { type RunningAzurite, startAzurite } from '../../scripts/azurite.ts';
import { readKeys } from '../../scripts/host/key-file.ts';
import { checkAnswer } from '../helpers/contract.ts';
import { petJpeg } from '../helpers/pictures.ts';
import { ROOT } from '../helpers/processes.ts';
import { publishTiny } from '../helpers/served-app.ts';
import {
  AUDIENCE,
  canMakeCertificates,
  goodClaims,
  inSeconds,
  makeKey,
  signWithSecret,
  startTokenIssuer,
  type TokenIssuer,
} from '../helpers/token-issuer.ts';
import { startTestHost, type TestHost, until } from '../host/harness.ts';

const document = makeDocument(allOperations({ classifyLevel: 'token' }), { version: '0.1.0' });
const withIssuer = canMakeCertificates ? describe : describe.skip;

let azurite: RunningAzurite;
let issuer: TokenIssuer;
let host: TestHost;
let picture: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  if (!canMakeCertificates) return;
  [azurite, issuer] = await Promise.all([startAzurite(), startTokenIssuer()]);
  const storage = openStorage({ MODEL_STORAGE: azurite.connectionString });
  await storage.ensureContainers();
  await publishTiny(storage, 1);
  picture = new Uint8Array(await petJpeg({ width: 64, height: 48 }));
});
afterEach(async () => {
  await host?.stop();
});
afterAll(async () => {
  await azurite?.stop();
  await issuer?.close();
});

async function startApp(settings: Record<string, string> = {}): Promise<void> {
  const env = {
    AzureWebJobsStorage: azurite.connectionString,
    MODEL_STORAGE: azurite.connectionString,
    BLOB_TRIGGER_SOURCE: 'EventGrid',
    CLASSIFY_AUTH_LEVEL: 'anonymous',
    AUTH_ISSUER: issuer.url,
    AUTH_AUDIENCE: AUDIENCE,
    NODE_EXTRA_CA_CERTS: issuer.certificate,
    ...settings,
  };
  // With keys, to see that tokens open nothing but what they are for.
  host = await startTestHost({ root: ROOT, args: ['--auth'], env });
}

/** A call below /api/, checked against the document of a service that takes tokens. */
async function ask(path: string, init: RequestInit = {}) {
  const response = await fetch(`${host.url}/api/${path}`, init);
  const { status, headers } = response;
  const text = await response.text();
  checkAnswer({ method: init.method ?? 'GET', path: `/api/${path}`, status, headers, text }, document);
  return { status, headers, text, challenge: headers.get('www-authenticate') };
}

const classify = (token?: string, body: RequestInit['body'] = picture, path = 'classify') =>
  ask(path, {
    method: 'POST',
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    body: body!,
  });

withIssuer('with AUTH_ISSUER and AUTH_AUDIENCE', () => {
  test('who has a token is answered, feedback included, and nobody else', async () => {
    await startApp();
    const answered = await classify(issuer.token());
    expect(answered.status).toBe(200);
    const { requestId, predictions } = JSON.parse(answered.text);
    const feedback = JSON.stringify({ requestId, label: predictions[0].breed });
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${issuer.token()}` };
    const kept = await ask('feedback', { method: 'POST', headers, body: feedback });
    expect(kept.status).toBe(201);
    const path = `feedback/${JSON.parse(kept.text).id}`;
    expect((await ask(path, { method: 'DELETE' })).status).toBe(401);
    expect((await ask(path, { method: 'DELETE', headers })).status).toBe(204);
    expect((await ask('feedback', { method: 'POST', body: feedback })).status).toBe(401);
    // Neither a key of a client nor the master key is a token.
    const { masterKey } = readKeys(host.stateFolder)!;
    expect(
      (await ask('classify', { method: 'POST', headers: { 'x-functions-key': masterKey } })).status,
    ).toBe(401);
    // And a token is no key.
    const list = await ask('models', { headers: { authorization: `Bearer ${issuer.token()}` } });
    expect([list.status, list.text]).toEqual([401, '']);
  });

  test('a refusal says what is wrong, and comes before the body is looked at', async () => {
    await startApp();
    const [key] = issuer.keys;
    const publicText = key!.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const good = issuer.token();
    const refused: [string | undefined, RegExp][] = [
      [undefined, /^Bearer realm="pawprint"$/],
      [issuer.token({ exp: inSeconds(-60) }), /error="invalid_token".*expired/],
      [issuer.token({ aud: 'api://other' }), /error="invalid_token".*another service/],
      [issuer.token({ nbf: inSeconds(600) }), /error="invalid_token".*not valid yet/],
      [issuer.token({ iss: 'https://evil.example' }), /error="invalid_token".*another issuer/],
      [issuer.token({}, { key: makeKey('first') }), /error="invalid_token".*signature/],
      [
        signWithSecret(publicText, { alg: 'HS256', kid: 'first' }, goodClaims(issuer.url)),
        /invalid_token.*not signed/,
      ],
      [`${good.slice(0, -4)}AAAA`, /error="invalid_token".*signature/],
      ['x'.repeat(9000), /error="invalid_token".*8192/],
    ];
    // Three times what a body may have in JSON: a 413 would say that it was looked at.
    const body = new Uint8Array(42 * 1024 * 1024);
    for (const [token, challenge] of refused) {
      const answer = await classify(token, token === undefined ? body : 'no picture');
      expect([answer.status, answer.challenge]).toEqual([401, expect.stringMatching(challenge)]);
      expect(JSON.parse(answer.text).type).toBe('urn:pawprint:problem:unauthorized');
    }
    const inQuery = await classify(undefined, picture, `classify?access_token=${good}`);
    expect([inQuery.status, inQuery.challenge]).toEqual([401, expect.stringContaining('invalid_request')]);
    expect((await ask('classify', { method: 'OPTIONS' })).status).toBe(204);
    // Nothing of a token is in the log.
    for (const [token] of refused) if (token) expect(host.output()).not.toContain(token.slice(-40));
  });

  test('an issuer out of reach is 503 with Retry-After, and nobody is let in', async () => {
    issuer.fault = 0;
    await startApp();
    const { status, headers } = await classify(issuer.token());
    expect([status, headers.get('retry-after')]).toEqual([503, '5']);
    expect(host.output()).toContain(`The keys of ${issuer.url} can't be had`);
    issuer.fault = undefined;
    await until(async () => (await classify(issuer.token())).status === 200);
  });

  test('a scope that is asked for and missing is 403', async () => {
    await startApp({ AUTH_SCOPE: 'pets.classify', AUTH_JWKS_URI: `${issuer.url}/keys` });
    const { status, challenge } = await classify(issuer.token({ scope: 'openid' }));
    expect([status, challenge]).toEqual([
      403,
      expect.stringContaining('error="insufficient_scope", scope="pets.classify"'),
    ]);
    expect((await classify(issuer.token({ scp: ['pets.classify'] }))).status).toBe(200);
  });

  test('the document asks for a bearer token, and so does every function that it says it of', async () => {
    await startApp();
    const served = JSON.parse((await ask('openapi.json')).text);
    expect(served.paths['/api/classify'].post.security).toEqual([{ bearer: [] }]);
    expect(served.components.securitySchemes.bearer).toMatchObject({ type: 'http', scheme: 'bearer' });
    expect(served.paths['/api/models'].get.security).toEqual([{ adminKey: [] }, { adminKeyInQuery: [] }]);
    const operations = Object.entries<Record<string, { security: object[] }>>(served.paths).flatMap(
      ([path, methods]) =>
        Object.entries(methods).map(([method, { security }]) => ({ path, method, security })),
    );
    const asking = operations.filter(({ security }) => security.some((scheme) => 'bearer' in scheme));
    expect(asking.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      'delete /api/feedback/{id}',
      'post /api/classify',
      'post /api/feedback',
    ]);
    for (const { path, method } of asking) {
      const refused = await ask(path.replace(/^\/api\/|[{}]/g, ''), { method: method.toUpperCase() });
      expect([refused.status, refused.challenge]).toEqual([401, 'Bearer realm="pawprint"']);
    }
  });
});

withIssuer('half of the settings opens nothing', () => {
  test.each([
    ['no audience', { AUTH_AUDIENCE: '' }, 'AUTH_AUDIENCE: set it too'],
    ['no issuer', { AUTH_ISSUER: '' }, 'AUTH_ISSUER: set it too'],
    ['an issuer without TLS', { AUTH_ISSUER: 'http://issuer.example' }, 'AUTH_ISSUER'],
  ])('%s: 500, and the log names the setting', async (_kind, settings, message) => {
    await startApp(settings);
    for (const token of [undefined, issuer.token()]) expect((await classify(token)).status).toBe(500);
    expect(host.output()).toContain(message);
  });
});
