/** The OpenAPI document and the service: each has what the other has. Needs the built app, as `npm test` makes it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { EVERY_METHOD } from '../../functions/http/handle.ts';
import type { OpenApiOperation } from '../../functions/openapi/document.ts';
import { servedDocument } from '../../functions/openapi/served-document.ts';
import { type AppHost, startAppHost } from '../helpers/app-host.ts';
import { ROOT, stopAll } from '../helpers/processes.ts';
import { aFloat32Version, pushTiny } from '../helpers/push-tiny.ts';

const document = servedDocument();
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

interface Registered {
  name: string;
  bindings: { type: string; route?: string; authLevel?: string }[];
}

function registeredFunctions() {
  const load = [join(ROOT, 'tests/helpers/load-entry.cjs'), ROOT];
  const env = { PATH: '', MODEL_STORAGE: 'UseDevelopmentStorage=true' };
  const { stdout, stderr } = spawnSync(process.execPath, load, { encoding: 'utf8', env });
  expect(stderr).toBe('');
  const { functions } = JSON.parse(stdout) as { functions: Registered[] };
  return functions.flatMap(({ name, bindings }) => {
    const trigger = bindings.find(({ type }) => type === 'httpTrigger');
    return trigger === undefined ? [] : [{ name, path: `/api/${trigger.route}`, level: trigger.authLevel! }];
  });
}

/** `{version}` and `{version:regex(…)}` are one place in a path. */
const placeOf = (path: string) => path.replace(/\{\w+[^}]*\}/g, '{}');

function levelOf({ security }: OpenApiOperation): string {
  if (security.length === 0) return 'anonymous';
  return security.some((scheme) => 'adminKey' in scheme) ? 'admin' : 'function';
}

describe('the document', () => {
  it('has an operation for every HTTP function, and a function for every operation, of the same level', () => {
    const registered = registeredFunctions().map(({ path, level }) => `${level} ${placeOf(path)}`);
    const described = operations.map(({ path, operation }) => `${levelOf(operation)} ${placeOf(path)}`);
    expect([...new Set(described)].sort()).toEqual([...new Set(registered)].sort());
  });

  it('names each operation once, with a tag that it has', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const tags = new Set(document.tags.map(({ name }) => name));
    for (const { operation } of operations) expect(operation.tags.every((tag) => tags.has(tag))).toBe(true);
  });

  it('describes every place in a path, and no other', () => {
    for (const { path, operation } of operations) {
      const places = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const described = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect(described.map(({ name }) => name)).toEqual(places);
      expect(described.every(({ required }) => required)).toBe(true);
    }
  });

  it('refers to nothing that it does not have, and has no schema that nothing refers to', () => {
    const text = JSON.stringify(document);
    const used = new Set(
      [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name),
    );
    expect([...used].sort()).toEqual(Object.keys(document.components.schemas).sort());
    expect(text.match(/"\$ref":/g)).toHaveLength(text.match(/"\$ref":"#\/components\/schemas\//g)!.length);
    expect(text).not.toMatch(/"\$(id|schema|defs)":/);
  });

  it('leads from an answer only to an operation that takes what it gives', () => {
    const links = operations.flatMap(({ operation }) =>
      Object.values(operation.responses).flatMap((response) => Object.values(response.links ?? {})),
    );
    expect(links.length).toBeGreaterThan(0);
    for (const { operationId, parameters } of links) {
      const target = operations.find(({ operation }) => operation.operationId === operationId);
      const taken = target?.operation.parameters?.map(({ name }) => name);
      expect(taken).toEqual(expect.arrayContaining(Object.keys(parameters)));
    }
  });

  it('says what every refusal is: a problem document', () => {
    for (const { operation } of operations) {
      for (const [status, { content }] of Object.entries(operation.responses)) {
        if (Number(status) < 400 || status === '401') continue;
        expect(Object.keys(content!)).toEqual(['application/problem+json']);
      }
      expect('401' in operation.responses).toBe(levelOf(operation) !== 'anonymous');
    }
  });
});

describe('the service', () => {
  let app: AppHost;
  beforeAll(async () => {
    app = await startAppHost();
    await pushTiny(app.storage, await aFloat32Version());
    await app.ready();
  }, 60_000);
  afterAll(async () => {
    await app?.stop();
    await stopAll();
  }, 30_000);

  it('serves the document', async () => {
    const { status, headers, body } = await app.call('openapi.json');
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(body).toEqual(document);
  });

  it.each(Object.keys(document.paths))(
    'answers 405 at %s to each method that the document does not have, only',
    async (path) => {
      for (const method of EVERY_METHOD) {
        const isDescribed = method.toLowerCase() in document.paths[path]!;
        const isImplied = method === 'OPTIONS' || (method === 'HEAD' && 'get' in document.paths[path]!);
        const place = path.replace(/^\/api\//, '').replace(/\{\w+\}/g, 'x');
        // app.call checks the answer itself against the document.
        const { status } = await app.call(place, { method });
        expect([method, status === 405]).toEqual([method, !isDescribed && !isImplied]);
      }
    },
  );

  it('answers the examples that the document has', async () => {
    const { examples } = document.paths['/api/classify']!.post!.requestBody!.content['application/json']!;
    const answerTo = (name: string) =>
      app.call('classify', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(examples![name]!.value),
      });
    const image = { width: 8, height: 8, format: 'png' };
    expect(await answerTo('one')).toMatchObject({ status: 200, body: { image } });
    expect(await answerTo('several')).toMatchObject({
      status: 200,
      body: {
        results: [
          { filename: null, image },
          { filename: null, image },
        ],
      },
    });
  });
});
