/**
 * Tokens, by a fake issuer over real HTTPS: who is let in, and that nobody makes the service storm the issuer.
 *
 * @jest-environment ./tests/helpers/jose-environment.ts
 */
import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { PawprintError } from '../../../../core/errors.ts';
import type { IssuerTimes } from '../../../../functions/auth/issuer-keys.ts';
import { TokenChecker, type TokenRules } from '../../../../functions/auth/token.ts';
import { TokenError } from '../../../../functions/auth/token-error.ts';
import { handle } from '../../../../functions/http/handle.ts';
import {
  AUDIENCE,
  canMakeCertificates,
  encode,
  goodClaims,
  inSeconds,
  makeKey,
  signWithSecret,
  startTokenIssuer,
  type TokenIssuer,
} from '../../../helpers/token-issuer.ts';
import { contextOf, requestOf } from '../http/requests.ts';

jest.mock('jose', () => (globalThis as { joseOfNode?: unknown }).joseOfNode);

const trusted = getCACertificates('default');
let issuer: TokenIssuer;
beforeEach(async () => {
  issuer = await startTokenIssuer();
  setDefaultCACertificates([...trusted, readFileSync(issuer.certificate, 'utf8')]);
});
afterEach(async () => {
  setDefaultCACertificates(trusted);
  await issuer.close();
});

function aChecker({ times, ...rules }: Partial<TokenRules> & { times?: Partial<IssuerTimes> } = {}) {
  return new TokenChecker({
    issuer: issuer.url,
    audience: [AUDIENCE],
    times: { timeoutMs: 500, ...times },
    ...rules,
  });
}

const bearer = (token: string) => requestOf({ headers: { authorization: `Bearer ${token}` } });

/** The status, and what RFC 6750 calls the fault; 200 for a token that is let in. */
async function outcomeOf(checker: TokenChecker, request = bearer(issuer.token())): Promise<string> {
  try {
    await checker.check(request);
    return '200';
  } catch (error) {
    if (!(error instanceof PawprintError)) throw error;
    const fault = error instanceof TokenError ? /error="(\w+)"/.exec(error.challenge)?.[1] : error.code;
    return [error.status, fault].filter(Boolean).join(' ');
  }
}

const withIssuer = canMakeCertificates ? describe : describe.skip;

withIssuer('a token', () => {
  test.each(['RS256', 'PS256', 'ES256', 'EdDSA'] as const)('signed by %s opens', async (alg) => {
    issuer.keys = [makeKey('other'), makeKey('mine', alg)];
    const payload = await aChecker().check(bearer(issuer.token({}, { key: issuer.keys[1]! })));
    expect(payload.sub).toBe('a-phone');
    expect(issuer.asked).toEqual(['/.well-known/openid-configuration', '/keys']);
  });

  test.each<[string, Record<string, unknown>]>([
    ['for another service', { aud: 'api://other' }],
    ['for nobody', { aud: undefined }],
    ['of another issuer', { iss: 'https://evil.example' }],
    ['that has expired', { exp: inSeconds(-31) }],
    ['that never expires', { exp: undefined }],
    ['that is not valid yet', { nbf: inSeconds(600) }],
  ])('%s does not', async (_kind, claims) => {
    expect(await outcomeOf(aChecker(), bearer(issuer.token(claims)))).toBe('401 invalid_token');
  });

  test.each<[string, Record<string, unknown>]>([
    ['a clock that is 20 s off', { exp: inSeconds(-20), nbf: inSeconds(20) }],
    ['several audiences', { aud: ['api://other', AUDIENCE] }],
  ])('opens with %s', async (_kind, claims) => {
    expect(await outcomeOf(aChecker(), bearer(issuer.token(claims)))).toBe('200');
  });

  test('may be for any of the audiences of the setting', async () => {
    const checker = aChecker({ audience: ['an-id', 'api://other'] });
    expect(await outcomeOf(checker, bearer(issuer.token({ aud: 'an-id' })))).toBe('200');
    expect(await outcomeOf(checker)).toBe('401 invalid_token');
  });

  test('that is forged does not open, and the issuer is not even asked', async () => {
    const [key] = issuer.keys;
    const claims = goodClaims(issuer.url);
    const publicText = key!.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const unsigned = `${encode({ alg: 'none' })}.${encode(claims)}.`;
    const shared = signWithSecret(publicText, { alg: 'HS256', kid: key!.kid }, claims);
    const checker = aChecker();
    // A token without a signature has an empty third part, which is refused with its algorithm or before.
    for (const token of [unsigned, unsigned.slice(0, -1), shared, 'a.b.c', 'abc', `${encode({})}..`]) {
      expect(await outcomeOf(checker, bearer(token))).toMatch(/^401 invalid_(token|request)$/);
    }
    expect(issuer.asked).toEqual([]);
  });

  test('that was tampered with does not open', async () => {
    const checker = aChecker();
    const [head, , signature] = issuer.token().split('.');
    const claims = encode({ ...goodClaims(issuer.url), sub: 'an-admin' });
    expect(await outcomeOf(checker, bearer(`${head}.${claims}.${signature}`))).toBe('401 invalid_token');
    const foreign = makeKey('first');
    expect(await outcomeOf(checker, bearer(issuer.token({}, { key: foreign })))).toBe('401 invalid_token');
    // Its own key in its head proves nothing.
    const jwk = foreign.publicKey.export({ format: 'jwk' });
    const own = issuer.token({}, { key: foreign, head: { jwk, jku: `${issuer.url}/keys` } });
    expect(await outcomeOf(checker, bearer(own))).toBe('401 invalid_token');
    expect(await outcomeOf(checker)).toBe('200');
  });

  test.each([
    ['of 9,000 characters', `Bearer ${'a'.repeat(9000)}`, '401 invalid_token'],
    ['of another scheme', 'Basic YTpi', '401 invalid_request'],
    ['that is none', 'Bearer', '401 invalid_request'],
    ['sent twice', 'Bearer a.b.c,Bearer a.b.c', '401 invalid_request'],
  ])('%s does not open', async (_kind, authorization, outcome) => {
    expect(await outcomeOf(aChecker(), requestOf({ headers: { authorization } }))).toBe(outcome);
    expect(issuer.asked).toEqual([]);
  });

  test('in the query is refused, also beside one in the header', async () => {
    const query = { access_token: issuer.token() };
    const headers = { authorization: `Bearer ${issuer.token()}` };
    expect(await outcomeOf(aChecker(), requestOf({ query }))).toBe('401 invalid_request');
    expect(await outcomeOf(aChecker(), requestOf({ query, headers }))).toBe('401 invalid_request');
  });

  test('that is missing is asked for, without an error code', async () => {
    expect(await outcomeOf(aChecker(), requestOf({}))).toBe('401');
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['nothing', {}, '403 insufficient_scope'],
    ['another scope', { scope: 'pets.classifyall pets.read' }, '403 insufficient_scope'],
    ['the scope', { scope: 'openid pets.classify' }, '200'],
    ["Entra's scp", { scp: 'pets.classify' }, '200'],
    ['the role', { roles: ['pets.classify'] }, '200'],
  ])('with %s and a scope asked for: %s', async (_kind, claims, outcome) => {
    const checker = aChecker({ scope: 'pets.classify' });
    expect(await outcomeOf(checker, bearer(issuer.token(claims)))).toBe(outcome);
  });
});

withIssuer('the keys of the issuer', () => {
  test('are asked for once, however many tokens come', async () => {
    const checker = aChecker();
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcomeOf(checker)));
    expect(new Set(outcomes)).toEqual(new Set(['200']));
    expect(issuer.asked).toEqual(['/.well-known/openid-configuration', '/keys']);
  });

  test('are not asked for again by a hundred tokens with unknown ones', async () => {
    const checker = aChecker();
    await checker.check(bearer(issuer.token()));
    for (let i = 0; i < 100; i++) {
      const token = issuer.token({}, { head: { kid: `kid-${i}` } });
      expect(await outcomeOf(checker, bearer(token))).toBe('401 invalid_token');
    }
    expect(issuer.asked).toHaveLength(2);
  });

  test('may change: a token with a new one is good after the pause, and the old key is gone', async () => {
    const checker = aChecker({ times: { cooldownMs: 1500 } });
    const second = makeKey('second', 'RS256');
    const old = issuer.token();
    expect(await outcomeOf(checker, bearer(old))).toBe('200');
    issuer.keys = [second];
    expect(await outcomeOf(checker)).toBe('401 invalid_token');
    await new Promise((resolve) => setTimeout(resolve, 1600));
    expect(await outcomeOf(checker)).toBe('200');
    expect(await outcomeOf(checker, bearer(old))).toBe('401 invalid_token');
  });

  test('may be at an address of the settings: then nothing is discovered', async () => {
    expect(await outcomeOf(aChecker({ jwksUri: `${issuer.url}/keys` }))).toBe('200');
    expect(issuer.asked).toEqual(['/keys']);
  });

  test('a token that names no key opens where there is one only', async () => {
    const nameless = () => bearer(issuer.token({}, { head: { kid: undefined } }));
    expect(await outcomeOf(aChecker(), nameless())).toBe('200');
    issuer.keys = [...issuer.keys, makeKey('second')];
    expect(await outcomeOf(aChecker(), nameless())).toBe('401 invalid_token');
  });
});

withIssuer('an issuer that is out of reach', () => {
  test.each<[string, Partial<TokenIssuer>]>([
    ['answers 500', { fault: 500 }],
    ['leads elsewhere', { fault: 302 }],
    ['breaks the connection', { fault: 0 }],
    ['never answers', { fault: -1 }],
    ['answers for another', { discovery: { issuer: 'https://evil.example' } }],
    ['has its keys where anybody could change them', { discovery: { jwks_uri: 'http://localhost/' } }],
    ['answers with no JSON', { keysText: '<html>' }],
    ['answers with no keys', { keysText: '{}' }],
    ['answers without end', { keysText: `{"keys":[],"x":"${'x'.repeat(2 ** 20)}"}` }],
    [
      'has a broken key',
      { keysText: '{"keys":[{"kty":"EC","crv":"P-256","kid":"first","x":"AA","y":"AA"}]}' },
    ],
  ])('%s: 503 with Retry-After, and after that at once without another request', async (_kind, broken) => {
    Object.assign(issuer, broken);
    const checker = aChecker();
    const error = await checker.check(bearer(issuer.token())).catch((thrown) => thrown);
    expect(error).toMatchObject({ status: 503, retryAfterSeconds: 5 });
    expect(error.publicMessage).not.toContain(issuer.url);
    const { length } = issuer.asked;
    const start = performance.now();
    for (let i = 0; i < 20; i++) expect(await outcomeOf(checker)).toBe('503 unavailable');
    // Each would wait half a second for the one that never answers.
    expect(performance.now() - start).toBeLessThan(5000);
    expect(issuer.asked).toHaveLength(length);
  });

  test('is asked again after the pause', async () => {
    const checker = aChecker({ times: { failurePauseMs: 100 } });
    issuer.fault = 500;
    expect(await outcomeOf(checker)).toBe('503 unavailable');
    issuer.fault = undefined;
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(await outcomeOf(checker)).toBe('200');
  });

  test('costs nobody whose key is known, for as long as old keys are good', async () => {
    const checker = aChecker({ times: { cacheMs: 50, cooldownMs: 50, staleMs: 2500 } });
    expect(await outcomeOf(checker)).toBe('200');
    const before = performance.now();
    issuer.fault = 0;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await outcomeOf(checker)).toBe('200');
    // Whether this one is the issuer's can't be known now.
    expect(await outcomeOf(checker, bearer(issuer.token({}, { key: makeKey('new') })))).toBe(
      '503 unavailable',
    );
    await new Promise((resolve) => setTimeout(resolve, 2600 - (performance.now() - before)));
    expect(await outcomeOf(checker)).toBe('503 unavailable');
  });
});

test('a refusal is a problem document with what RFC 6750 wants', async () => {
  const refuse = async (): Promise<never> => {
    throw new TokenError('The token has expired. Get a new one.', { fault: 'invalid_token' });
  };
  const answer = (await handle(['POST'], refuse)(requestOf({}), contextOf())) as {
    headers: Record<string, string>;
    body: string;
  };
  expect(answer.headers).toMatchObject({
    'content-type': 'application/problem+json',
    'www-authenticate':
      'Bearer realm="pawprint", error="invalid_token", error_description="The token has expired. Get a new one."',
  });
  expect(JSON.parse(answer.body)).toMatchObject({ status: 401, type: 'urn:pawprint:problem:unauthorized' });
});
