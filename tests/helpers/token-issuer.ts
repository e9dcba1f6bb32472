/**
 * @module tests/helpers/token-issuer
 * Who issues tokens, over real HTTPS on this machine: discovery, keys, and tokens signed by hand, so that no library
 * stands on both sides of a test.
 */
import { execFileSync } from 'node:child_process';
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const AUDIENCE = 'api://pawprint';

/** Whether certificates can be made here. */
export const canMakeCertificates = (() => {
  try {
    return execFileSync('openssl', ['version']).length > 0;
  } catch {
    return false;
  }
})();

type Json = Record<string, unknown>;

export interface SigningKey {
  kid: string;
  alg: 'RS256' | 'PS256' | 'ES256' | 'EdDSA';
  privateKey: KeyObject;
  publicKey: KeyObject;
}

export interface TokenIssuer {
  url: string;
  /** File of its certificate, for NODE_EXTRA_CA_CERTS. */
  certificate: string;
  /** What it lists; a test may change them. */
  keys: SigningKey[];
  /** Paths that it was asked for. */
  asked: string[];
  /** Status with which it answers everything, 0 for a connection that breaks, -1 for no answer; undefined for all well. */
  fault: number | undefined;
  /** In place of the discovery document's members, and of the whole answer with keys. */
  discovery: Json;
  keysText: string | undefined;
  /** A good token of a minute, with claims and head changed as is said. */
  token(claims?: Json, options?: { key?: SigningKey; head?: Json }): string;
  close(): Promise<void>;
}

export function makeKey(kid: string, alg: SigningKey['alg'] = 'ES256'): SigningKey {
  const pair = {
    RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
    PS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
    ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    EdDSA: () => generateKeyPairSync('ed25519'),
  }[alg]();
  return { kid, alg, ...pair };
}

/** Starts it on a free port of localhost, with one key. */
export async function startTokenIssuer(): Promise<TokenIssuer> {
  const folder = mkdtempSync(join(tmpdir(), 'pawprint-issuer-'));
  const [keyFile, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  makeCertificate(keyFile, certificate);
  const tls = { key: readFileSync(keyFile), cert: readFileSync(certificate) };
  const server = createServer(tls, (request, response) => {
    issuer.asked.push(request.url!);
    if (issuer.fault === -1) return;
    if (issuer.fault === 0) return void request.socket.destroy();
    if (issuer.fault !== undefined) return void response.writeHead(issuer.fault, { location: '/keys' }).end();
    const documents: Record<string, () => string> = {
      '/.well-known/openid-configuration': () =>
        JSON.stringify({ issuer: issuer.url, jwks_uri: `${issuer.url}/keys`, ...issuer.discovery }),
      '/keys': () => issuer.keysText ?? JSON.stringify({ keys: issuer.keys.map(toJwk) }),
    };
    const document = documents[request.url!];
    if (document === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': 'application/json' }).end(document());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer: TokenIssuer = {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    certificate,
    keys: [makeKey('first')],
    asked: [],
    fault: undefined,
    discovery: {},
    keysText: undefined,
    token: (claims = {}, { key = issuer.keys[0]!, head = {} } = {}) =>
      signToken(key, { alg: key.alg, kid: key.kid, ...head }, { ...goodClaims(issuer.url), ...claims }),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return issuer;
}

/** Seconds since 1970, `offset` from now. */
export function inSeconds(offset: number): number {
  return Math.floor(Date.now() / 1000) + offset;
}

/** A token signed with a shared secret: what an attacker makes of the issuer's public key. */
export function signWithSecret(secret: string, head: Json, claims: Json): string {
  const text = `${encode(head)}.${encode(claims)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

export function goodClaims(issuer: string): Json {
  return { iss: issuer, aud: AUDIENCE, sub: 'a-phone', iat: inSeconds(0), exp: inSeconds(60) };
}

export function encode(value: Json): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function signToken({ alg, privateKey }: SigningKey, head: Json, claims: Json): string {
  const text = Buffer.from(`${encode(head)}.${encode(claims)}`);
  const pss = { padding: 6, saltLength: 32 };
  const options = { ES256: { dsaEncoding: 'ieee-p1363' as const }, PS256: pss, RS256: {}, EdDSA: {} }[alg];
  const signature = sign(alg === 'EdDSA' ? null : 'sha256', text, { key: privateKey, ...options });
  return `${text}.${signature.toString('base64url')}`;
}

function toJwk({ kid, alg, publicKey }: SigningKey): Json {
  return { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' };
}

function makeCertificate(keyFile: string, certificate: string): void {
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const files = ['-keyout', keyFile, '-out', certificate];
  execFileSync('openssl', ['req', '-x509', ...kind, ...subject, ...files], { stdio: 'ignore' });
}
