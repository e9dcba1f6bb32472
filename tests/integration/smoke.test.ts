/** The smoke test that a deployment runs, against the app in our own host: open, with keys, with tokens, without a model. */
import { readKeys } from '../../scripts/host/key-file.ts';
import { startAppHost } from '../helpers/app-host.ts';
import { ROOT, startNode, stopAll } from '../helpers/processes.ts';
import { type ServedApp, startServedApp } from '../helpers/served-app.ts';
import { AUDIENCE, canMakeCertificates, startTokenIssuer } from '../helpers/token-issuer.ts';
import { startTestHost, type TestHost } from '../host/harness.ts';

describe('npm run smoke', () => {
  let app: ServedApp;
  beforeAll(async () => {
    app = await startServedApp();
  }, 120_000);
  afterAll(async () => {
    await app.stop();
    await stopAll();
  });

  const smoke = async (words: string[], env: Record<string, string> = {}) => {
    const child = startNode(['scripts/smoke.ts', ...words], {
      ...{ SMOKE_KEY: '', SMOKE_TOKEN: '', GITHUB_ACTIONS: '' },
      ...env,
    });
    return { code: await child.ended, output: child.output() };
  };

  it('passes a service that works, and names the model and the breeds', async () => {
    const { code, output } = await smoke([app.url, '--auth', 'none']);
    expect(output).toContain(`ready: model ${app.versions[0]}`);
    expect(output).toContain('415 for what is no photograph');
    expect(output).toMatch(/200 for a photograph: \S+ [01]\.\d{3}, .* ms\)/);
    expect(output).not.toContain('WARNING');
    expect(code).toBe(0);
  }, 60_000);

  it('fails for a service that answers without the key or token that it should ask for, and prints neither', async () => {
    const { code, output } = await smoke([app.url], { SMOKE_KEY: 'a-key-of-somebody' });
    expect(output).toContain('/api/classify without a key: expected 401, got 200');
    expect(output).not.toContain('a-key-of-somebody');
    expect(code).toBe(1);
    const open = await smoke([app.url, '--auth', 'token'], { SMOKE_TOKEN: 'a-token-of-somebody' });
    expect(open.output).toContain('/api/classify without a token: expected 401');
    expect(open.output).not.toContain('a-token-of-somebody');
    expect(open.code).toBe(1);
  }, 60_000);

  it('fails for nobody there, and says what it was not told', async () => {
    const { code, output } = await smoke(['http://127.0.0.1:9', '--auth', 'none', '--wait', '1']);
    expect(output).toContain('did not answer as it should within 1 s');
    expect(code).toBe(1);
    const wrong: [string[], string][] = [
      [['pawprint.example.org'], 'One address is expected'],
      [[app.url, '--auth', 'password'], '--auth is password, expected key, none, token'],
      [[app.url], 'SMOKE_KEY is not set'],
    ];
    for (const [words, message] of wrong) {
      expect(await smoke(words)).toMatchObject({
        code: 2,
        output: expect.stringContaining(message) as string,
      });
    }
  }, 60_000);

  it('passes a service without a model only where that is allowed, and then says so loudly', async () => {
    const empty = await startAppHost();
    try {
      const words = [empty.url, '--auth', 'none', '--wait'];
      const allowed = await smoke([...words, '20', '--allow-no-model']);
      expect(allowed).toMatchObject({
        code: 0,
        output: expect.stringContaining('WARNING: THERE IS NO MODEL') as string,
      });
      const inActions = await smoke([...words, '20', '--allow-no-model'], { GITHUB_ACTIONS: 'true' });
      expect(inActions.output).toMatch(/^::warning::THERE IS NO MODEL/m);
      const refused = await smoke([...words, '3']);
      expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('503') as string });
    } finally {
      await empty.stop();
    }
  }, 120_000);

  describe('a service that asks for', () => {
    let host: TestHost;
    const start = async (settings: Record<string, string>) => {
      const env = {
        AzureWebJobsStorage: app.azurite.connectionString,
        MODEL_STORAGE: app.azurite.connectionString,
        BLOB_TRIGGER_SOURCE: 'EventGrid',
        ...settings,
      };
      host = await startTestHost({ root: ROOT, args: ['--auth'], env });
      return readKeys(host.stateFolder)!;
    };
    afterEach(async () => {
      await host?.stop();
    });

    test.each(['function', 'admin'])(
      'a key of level %s: the right one passes, a wrong one does not',
      async (level) => {
        const keys = await start({ CLASSIFY_AUTH_LEVEL: level });
        const client = Object.values(keys.functionKeys)[0]!;
        const [right, wrong] = level === 'admin' ? [keys.masterKey, client] : [client, 'a-key-of-somebody'];
        const passed = await smoke([host.url], { SMOKE_KEY: right });
        expect(passed).toMatchObject({
          code: 0,
          output: expect.stringContaining('401 without a key') as string,
        });
        expect(passed.output).toContain('200 for a photograph');
        const refused = await smoke([host.url], { SMOKE_KEY: wrong });
        expect(refused.output).toContain('/api/classify with text: expected 415');
        expect(refused.code).toBe(1);
        // It is no service that is open, nor one that asks for tokens.
        expect((await smoke([host.url, '--auth', 'none'])).code).toBe(1);
        expect((await smoke([host.url, '--auth', 'token'])).output).toContain(
          'WWW-Authenticate: Bearer, got 401',
        );
      },
      120_000,
    );

    (canMakeCertificates ? test : test.skip)(
      'a token: with one a photograph is tried, without one nobody gets in',
      async () => {
        const issuer = await startTokenIssuer();
        try {
          await start({
            CLASSIFY_AUTH_LEVEL: 'anonymous',
            AUTH_ISSUER: issuer.url,
            AUTH_AUDIENCE: AUDIENCE,
            NODE_EXTRA_CA_CERTS: issuer.certificate,
          });
          const passed = await smoke([host.url, '--auth', 'token'], { SMOKE_TOKEN: issuer.token() });
          expect(passed.output).toContain('401 without a token');
          expect(passed.output).toContain('200 for a photograph');
          expect(passed.code).toBe(0);
          const without = await smoke([host.url, '--auth', 'token']);
          expect(without.output).toContain('401 without a token');
          expect(without.output).toContain('WARNING: NO PHOTOGRAPH WAS TRIED');
          expect(without.output).not.toContain('200 for');
          expect(without.code).toBe(0);
          expect((await smoke([host.url, '--auth', 'token'], { SMOKE_TOKEN: 'nobody' })).code).toBe(1);
        } finally {
          await issuer.close();
        }
      },
      120_000,
    );
  });
});
