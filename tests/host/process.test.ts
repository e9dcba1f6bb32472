/**
 * @module tests/host/process
 * How the host starts and ends.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { call, itLocally, makeApp, makeFolder, startTestHost, type TestHost, until } from './harness.ts';

const hosts: TestHost[] = [];
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
});

async function start(...parameters: Parameters<typeof startTestHost>): Promise<TestHost> {
  const host = await startTestHost(...parameters);
  hosts.push(host);
  return host;
}

const OK = "app.http('ok', { handler: () => ({ body: 'hi' }) });";

itLocally('logs what it found, where it answers, and each call', async () => {
  const host = await start({ root: makeApp(`app.post('classify', () => ({ body: 'hi' }));`) });
  await call(`${host.url}/api/classify`, { method: 'POST' });
  const lines = host.output();
  expect(lines).toMatch(
    /^\[\d{4}-\d\d-\d\dT[\d:.]+Z\] Found the following functions:\nHost\.Functions\.classify$/m,
  );
  expect(lines).toContain("Mapped function route 'api/classify' [POST] to 'classify'");
  expect(lines).toMatch(/Host started \(\d+ms\)/);
  const reason = 'This function was programmatically called via the host APIs.';
  const id = /Executing 'Functions\.classify' \(Reason='(.*)', Id=([0-9a-f-]{36})\)/.exec(lines);
  expect(id?.[1]).toBe(reason);
  expect(lines).toMatch(
    new RegExp(`Executed 'Functions\\.classify' \\(Succeeded, Id=${id?.[2]}, Duration=\\d+ms\\)`),
  );
});

itLocally.each([
  ['a missing module', "require('./nosuchmod');", "Cannot find module './nosuchmod'"],
  ['a name that occurs twice', OK, 'A function named "ok" has already been registered.'],
])('stays up with zero functions over %s', async (_, fault, message) => {
  const host = await start({ root: makeApp(`${OK}\n${fault}`) });
  expect(host.output()).toContain(`Worker was unable to load entry point "main.cjs": ${message}`);
  expect((await call(`${host.url}/api/ok`)).status).toBe(404);
  expect((await call(`${host.url}/admin/functions`)).text).toBe('[]');
  expect(JSON.parse((await call(`${host.url}/admin/host/status`)).text).state).toBe('Running');
});

itLocally('a route with a leading slash takes the whole app down', async () => {
  const host = await start({ root: makeApp(`${OK} app.http('x', { route: '/x', handler: () => ({}) });`) });
  const answer = await call(`${host.url}/api/ok`);
  expect([answer.status, answer.text]).toEqual([503, 'Function host is not running.']);
  expect(JSON.parse((await call(`${host.url}/admin/host/status`)).text).state).toBe('Error');
});

itLocally(
  'loads an ES module, and settings from local.settings.json unless the environment has them',
  async () => {
    const root = makeApp('');
    const library = require.resolve('@azure/functions');
    writeFileSync(join(root, 'package.json'), '{ "main": "app.mjs" }');
    writeFileSync(
      join(root, 'app.mjs'),
      `import azure from ${JSON.stringify(library)};
    azure.app.http('env', { handler: () => ({ jsonBody: [process.env.FROM_FILE, process.env.FROM_BOTH] }) });`,
    );
    const Values = { FROM_FILE: 'file', FROM_BOTH: 'file' };
    writeFileSync(join(root, 'local.settings.json'), JSON.stringify({ Values }));
    const host = await start({ root, env: { FROM_BOTH: 'environment' } });
    expect(JSON.parse((await call(`${host.url}/api/env`)).text)).toEqual(['file', 'environment']);
  },
);

itLocally('answers preflights for the origins of local.settings.json only', async () => {
  const root = makeApp(OK);
  writeFileSync(join(root, 'local.settings.json'), '{ "Host": { "CORS": "http://mine.test" } }');
  const host = await start({ root });
  const preflight = (origin: string) => {
    const headers = { origin, 'access-control-request-method': 'POST' };
    return call(`${host.url}/api/ok`, { method: 'OPTIONS', headers });
  };
  const mine = await preflight('http://mine.test');
  expect([mine.status, mine.headers['access-control-allow-origin']]).toEqual([204, 'http://mine.test']);
  const foreign = await preflight('http://foreign.test');
  expect([foreign.status, foreign.headers['access-control-allow-origin']]).toEqual([404, undefined]);
});

itLocally('rejects with 429 what goes over maxOutstandingRequests', async () => {
  const limits = { maxOutstandingRequests: 5, maxConcurrentRequests: 1 };
  // Handlers wait until they are let go, so that none makes room before all have come.
  const source = `let running = 0; let most = 0; let open; const opened = new Promise((done) => { open = done; });
  app.http('slow', { handler: async () => {
    most = Math.max(most, ++running);
    await opened;
    running -= 1;
    return { body: String(most) };
  } });
  setInterval(() => require('node:fs').existsSync(process.env.LET_GO) && open(), 20).unref();`;
  const letGo = join(makeFolder(), 'now');
  const root = makeApp(source, { extensions: { http: limits } });
  const host = await start({ root, env: { LET_GO: letGo } });
  let rejections = 0;
  const answers = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const answer = await call(`${host.url}/api/slow`);
      if (answer.status === 429 && ++rejections === 15) writeFileSync(letGo, '');
      return answer;
    }),
  );
  const accepted = answers.filter(({ status }) => status === 200);
  const rejected = answers.filter(({ status }) => status === 429);
  expect([accepted.length, rejected.length]).toEqual([5, 15]);
  expect(accepted.every(({ text }) => text === '1')).toBe(true);
  expect(rejected[0]?.headers['x-function-scaleout']).toBe('1');
});

itLocally('ends with one line that names the port when it is taken', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  const host = await start({ root: makeApp(OK), args: ['--port', String(port)] });
  expect(await host.exit).toBe(1);
  expect(host.output().trim().split('\n')).toEqual([expect.stringContaining(`Port ${port} is taken.`)]);
  taken.close();
});

itLocally('on SIGTERM refuses newcomers, finishes what it has, runs the hooks and ends with 0', async () => {
  const source = `app.hook.appTerminate(() => console.log('terminate hook'));
  app.http('slow', { handler: async () => {
    console.log('handler began');
    await new Promise((done) => setTimeout(done, 700));
    return { body: 'done' };
  } });`;
  const host = await start({ root: makeApp(source) });
  const answer = call(`${host.url}/api/slow`);
  await until(() => host.output().includes('handler began'));
  host.child.kill('SIGTERM');
  await until(() => host.output().includes('Application is shutting down...'));
  await expect(call(`${host.url}/api/slow`)).rejects.toThrow('ECONNREFUSED');
  const { status, text, headers } = await answer;
  expect([status, text, headers.connection]).toEqual([200, 'done', 'close']);
  expect(await host.exit).toBe(0);
  expect(host.output()).toMatch(/Application is shutting down[\s\S]*terminate hook[\s\S]*Job host stopped/);
});

itLocally('ends with 1, after the answer, over a rejection that nobody handles', async () => {
  const source = `app.http('rejects', { handler: () => { Promise.reject(new Error('stray')); return { body: 'sent' }; } });`;
  const host = await start({ root: makeApp(source) });
  await call(`${host.url}/api/rejects`).catch(() => undefined);
  expect(await host.exit).toBe(1);
  expect(host.output()).toMatch(/fatal: unhandledRejection[\s\S]*Error: stray/);
});

itLocally('ends when its parent is gone', async () => {
  const host = await start({ root: makeApp(OK), stateFolder: makeFolder() });
  host.child.disconnect();
  expect(await host.exit).toBe(0);
});

itLocally('goes on, and ends, when nobody reads what it prints any more', async () => {
  // Not by `start`, whose end waits for the end of what is printed.
  const host = await startTestHost({ root: makeApp(OK), stateFolder: makeFolder() });
  const exit = once(host.child, 'exit');
  host.child.stdout!.destroy();
  host.child.stderr!.destroy();
  // Each call prints two lines, into a pipe that is broken.
  for (let i = 0; i < 3; i++) expect((await call(`${host.url}/api/ok`)).status).toBe(200);
  host.child.kill('SIGTERM');
  expect((await exit)[0]).toBe(0);
});
