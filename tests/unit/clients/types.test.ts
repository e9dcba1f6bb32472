/** The client's types are those of the contract, both ways, as TypeScript sees it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MOST_PICTURES as CLIENTS_MOST } from '../../../clients/typescript/index.ts';
import { MOST_PICTURES } from '../../../functions/contract/classify.ts';
import { servedDocument } from '../../../functions/openapi/served-document.ts';
import { ROOT, startNode } from '../../helpers/processes.ts';

/** The client's type, and the file and name of the contract's. */
const PAIRS = [
  ['Classification', 'classify', 'ClassifyAnswer'],
  ['BatchClassification', 'classify', 'ClassifyBatchAnswer'],
  ['Breeds', 'breeds', 'BreedsAnswer'],
  ['Readiness', 'ready', 'ReadyAnswer'],
  ['Feedback', 'feedback', 'FeedbackRequest'],
  ['FeedbackReceipt', 'feedback', 'FeedbackAnswer'],
  ['Problem', 'problem', 'Problem'],
] as const;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-types-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Compiles checks of every pair. `client` and `contract` are TypeScript that is put in place of the types. */
async function compile({ client = (name: string) => `client.${name}` } = {}) {
  const lines = [
    `import type * as client from '${ROOT}/clients/typescript/index.ts';`,
    ...[...new Set(PAIRS.map(([, file]) => file))].map(
      (file) => `import type * as ${file} from '${ROOT}/functions/contract/${file}.ts';`,
    ),
    ...PAIRS.flatMap(([name, file, theirs]) => [
      `export const to${name} = (value: ${file}.${theirs}): ${client(name)} => value;`,
      `export const from${name} = (value: ${client(name)}): ${file}.${theirs} => value;`,
      // Assignable is not equal: what is optional, or more than is known, would get through.
      `export const ${name}Keys: [Keys<${client(name)}>] extends [Keys<${file}.${theirs}>] ? [Keys<${file}.${theirs}>] extends [Keys<${client(name)}>] ? true : false : false = true;`,
    ]),
    'type Keys<T> = T extends (infer Item)[] ? Keys<Item> : T extends object ? { [K in keyof T]-?: K | Keys<T[K]> }[keyof T] : never;',
  ];
  writeFileSync(join(folder, 'pairs.mts'), lines.join('\n'));
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(ROOT, 'tsconfig.json'),
      compilerOptions: { typeRoots: [join(ROOT, 'node_modules/@types')] },
      files: ['pairs.mts'],
      include: [],
    }),
  );
  const compiler = startNode([join(ROOT, 'node_modules/typescript/bin/tsc'), '--noEmit', '-p', folder]);
  return { code: await compiler.ended, output: compiler.output() };
}

test('every answer and request of the contract fits the type of the client, and the other way', async () => {
  await expect(compile()).resolves.toEqual({ code: 0, output: '' });
}, 120_000);

test('a type that lacks a member, or has one too many, would be found', async () => {
  const { code, output } = await compile({
    client: (name) =>
      ({
        Breeds: `(Omit<client.Breeds, 'version'>)`,
        Readiness: `(client.Readiness & { extra?: string })`,
      })[name] ?? `client.${name}`,
  });
  expect(code).not.toBe(0);
  expect(output).toMatch(/fromBreeds|'version' is missing/);
  expect(output).toMatch(/not assignable to type 'false'/);
}, 120_000);

test('the client compiles by itself, with the types of a browser and without those of Node', async () => {
  const compiler = startNode([
    join(ROOT, 'node_modules/typescript/bin/tsc'),
    '-p',
    join(ROOT, 'clients/typescript'),
  ]);
  expect([await compiler.ended, compiler.output()]).toEqual([0, '']);
}, 120_000);

test('what it calls is in the OpenAPI document, with the bound of a batch', () => {
  const { paths } = servedDocument();
  const calls = [
    ['post', '/api/classify'],
    ['get', '/api/breeds'],
    ['get', '/api/ready'],
    ['post', '/api/feedback'],
    ['delete', '/api/feedback/{id}'],
  ] as const;
  for (const [method, path] of calls) expect(paths[path]).toHaveProperty(method);
  const asked = paths['/api/classify']!.post!.parameters!.map(({ name }) => name);
  expect(asked).toEqual(expect.arrayContaining(['top', 'version', 'species', 'x-client-id']));
  expect(CLIENTS_MOST).toBe(MOST_PICTURES);
});

test('every request of the .http file is in the document', () => {
  const text = readFileSync(join(ROOT, 'clients/pawprint.http'), 'utf8');
  const requests = [...text.matchAll(/^(GET|POST|DELETE) \{\{url\}\}(\/[^?\s]+)/gm)];
  const found = requests.map(([, method, path]) => [
    method!.toLowerCase(),
    `/api${path!.replace('{{version}}', '{version}').replace('{{feedbackId}}', '{id}')}`,
  ]);
  expect(found.length).toBeGreaterThan(10);
  const { paths } = servedDocument();
  for (const [method, path] of found)
    expect([path, paths[path!]]).toEqual([path, expect.objectContaining({ [method!]: expect.anything() })]);
});
