/** Field case 56: what the host finds when it loads the built app, under a stub of its core module. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT, startNode } from '../helpers/processes.ts';

interface Binding {
  type: string;
  direction: string;
  methods?: string[];
  route?: string;
  authLevel?: string;
  path?: string;
  connection?: string;
  source?: string;
  queueName?: string;
  schedule?: string;
}
interface Loaded {
  functions: { name: string; bindings: Binding[] }[];
  hooks: string[];
  packages: string[];
  libraries: string[];
}

/** By the level of key that they ask for. */
const ANONYMOUS = ['app', 'breeds', 'docs', 'health', 'openapi', 'ready'];
const WITH_KEY = ['classify', 'feedback', 'feedbackDelete'];
const ADMIN = ['feedbackList', 'metrics', 'model', 'models', 'promote', 'retrainNow', 'rollback'];
const HTTP = [...ANONYMOUS, ...WITH_KEY, ...ADMIN].sort();
const BLOB = ['convert', 'register'];
const OTHERS = ['poison', 'sweep'];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const STORAGE = { MODEL_STORAGE: 'UseDevelopmentStorage=true' };

let folder: string;
let dist: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-build-'));
  dist = join(folder, 'dist');
  copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  const script = pathToFileURL(join(ROOT, 'scripts', 'build.ts')).href;
  const code = `import { buildApp } from '${script}'; await buildApp(${JSON.stringify({ folder: dist })}); console.log('built');`;
  const build = startNode(['--input-type=module', '--eval', code]);
  await build.until(/built/);
  const builtAt = performance.now();
  expect(await build.ended).toBe(0);
  // Field case 54: esbuild's own process doesn't hold it up.
  expect(performance.now() - builtAt).toBeLessThan(15_000);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

/** Loads the app in a process of its own; no node_modules is above it, so what it requires at once is missed. */
function load(settings: Record<string, string> = STORAGE) {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [join(ROOT, 'tests', 'helpers', 'load-entry.cjs'), folder],
    { encoding: 'utf8', env: { PATH: '', ...settings } },
  );
  return { status, stderr, loaded: () => JSON.parse(stdout) as Loaded };
}

function triggers({ functions }: Loaded, type: string): Map<string, Binding> {
  const entries = functions.map(
    ({ name, bindings }) => [name, bindings.find((one) => one.type === type)] as const,
  );
  return new Map(entries.filter((entry): entry is [string, Binding] => entry[1] !== undefined));
}

test('main in package.json names one file, and the build makes it, and what its threads run', () => {
  const { main, type } = readJson(join(folder, 'package.json'));
  // The host takes main for a glob pattern; a plain name matches itself and nothing else.
  expect(main).not.toMatch(/[*?{}[\]!()]/);
  const files = readdirSync(dist).map((name) => `dist/${name}`);
  expect(files.filter((file) => file === main)).toHaveLength(1);
  const thread = ['dist/inference-thread.cjs', 'dist/inference-thread.cjs.map'];
  expect(files.sort()).toEqual([...thread, 'dist/main.cjs', 'dist/main.cjs.map']);
  // With "type": "module" only .cjs is CommonJS.
  expect([type, main]).toEqual(['module', 'dist/main.cjs']);
});

test('holds no test, no training and no TensorFlow.js, and leaves the native packages outside', () => {
  const { sources } = readJson(join(dist, 'main.cjs.map')) as { sources: string[] };
  const paths = sources.map((source) => relative(ROOT, resolve(dist, source)));
  expect(paths).toContain('functions/classify.ts');
  const unwanted = /^(tests|training|scripts)\/|node_modules\/(@tensorflow|onnxruntime-node|sharp|@img)\//;
  expect(paths.filter((path) => unwanted.test(path))).toEqual([]);
  const bundle = readFileSync(join(dist, 'main.cjs'), 'utf8');
  expect(bundle).toMatch(/(require|import)\("onnxruntime-node"\)/);
  expect(bundle).not.toMatch(/["']@tensorflow\//);
});

describe('loaded', () => {
  let app: Loaded;
  beforeAll(() => {
    const { status, stderr, loaded } = load();
    expect([status, stderr]).toEqual([0, '']);
    app = loaded();
  });

  it('registers exactly the functions, each once', () => {
    const names = app.functions.map(({ name }) => name);
    expect(names.toSorted()).toEqual([...HTTP, ...BLOB, ...OTHERS].sort());
    // Routes and names are compared without regard to case.
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
    expect(app.hooks).toEqual(['appStart', 'appTerminate']);
  });

  it('answers every method of every route by one function, and asks for the right level of key', () => {
    const http = triggers(app, 'httpTrigger');
    expect([...http.keys()].sort()).toEqual(HTTP);
    const byRoute = Map.groupBy(http.values(), ({ route }) => route!.toLowerCase());
    for (const [route, functions] of byRoute) {
      expect(route).toMatch(/^[a-z][a-z0-9/{}.-]*$/);
      expect(functions.flatMap(({ methods }) => methods!).sort()).toEqual(METHODS.toSorted());
    }
    // One route is answered at two levels: feedback is given by clients, and read by who runs the service.
    expect(byRoute.size).toBe(HTTP.length - 1);
    const levelOf = (name: string) =>
      ADMIN.includes(name) ? 'admin' : WITH_KEY.includes(name) ? 'function' : 'anonymous';
    for (const [name, { authLevel }] of http) expect([name, authLevel]).toEqual([name, levelOf(name)]);
  });

  it('triggers on the manifests of MODEL_STORAGE by way of Event Grid', () => {
    expect(Object.fromEntries(triggers(app, 'blobTrigger'))).toMatchObject({
      convert: { path: 'trained/{version}/manifest.json', connection: 'MODEL_STORAGE', source: 'EventGrid' },
      register: { path: 'models/{version}/manifest.json', connection: 'MODEL_STORAGE', source: 'EventGrid' },
    });
  });

  // What ends up in the poison queue's own poison queue stays there: nothing listens, so nothing can loop.
  it('listens to the poison queue of the blob triggers, in their account, and to no other queue', () => {
    expect(Object.fromEntries(triggers(app, 'queueTrigger'))).toMatchObject({
      poison: { queueName: 'webjobs-blobtrigger-poison', connection: 'MODEL_STORAGE' },
    });
    expect(triggers(app, 'queueTrigger').size).toBe(1);
  });

  it('sweeps once a day', () => {
    expect(triggers(app, 'timerTrigger').get('sweep')).toMatchObject({ schedule: '0 17 3 * * *' });
  });

  // Flex Consumption gives the initialisation 30 seconds.
  it('loads no package and no native library', () => {
    // protobufjs asks for `long` and does without it.
    expect(app.packages.filter((name) => name !== 'long')).toEqual([]);
    expect(app.libraries).toEqual([]);
  });
});

// Each thread holds it: what it doesn't need is memory times the processors.
test('the threads run little: no host, no storage and no decoder', () => {
  const { sources } = readJson(join(dist, 'inference-thread.cjs.map')) as { sources: string[] };
  const paths = sources.map((source) => relative(ROOT, resolve(dist, source))).sort();
  expect(paths).toEqual([
    'core/errors.ts',
    'core/inference/session.ts',
    'core/inference/worker/inference-thread.ts',
    'core/inference/worker/native.ts',
    'core/inference/worker/protocol.ts',
  ]);
  const bundle = readFileSync(join(dist, 'main.cjs'), 'utf8');
  expect(bundle).toContain('"inference-thread.cjs"');
});

test('a schedule of retraining is registered where one is set, and a watch where something trains', () => {
  const timersOf = (settings: Record<string, string>) => {
    const timers = triggers(load({ ...STORAGE, ...settings }).loaded(), 'timerTrigger');
    return [...timers].filter(([name]) => name !== 'sweep').map(([name, { schedule }]) => [name, schedule]);
  };
  expect(timersOf({ RETRAIN_SCHEDULE: '0 0 5 * * 1', RETRAIN_JOB_NAME: 'job-train' })).toEqual([
    ['retrain', '0 0 5 * * 1'],
    ['retrainWatch', '0 */5 * * * *'],
  ]);
  expect(timersOf({ RETRAIN_SCHEDULE: 'off', RETRAIN_COMMAND: '["node"]' })).toEqual([
    ['retrainWatch', '0 */5 * * * *'],
  ]);
});

test('two settings decide how functions are registered', () => {
  const settings = { BLOB_TRIGGER_SOURCE: 'LogsAndContainerScan', CLASSIFY_AUTH_LEVEL: 'anonymous' };
  const app = load({ ...STORAGE, ...settings }).loaded();
  for (const { source } of triggers(app, 'blobTrigger').values()) expect(source).toBe('LogsAndContainerScan');
  expect(triggers(app, 'httpTrigger').get('classify')!.authLevel).toBe('anonymous');
});

test.each([
  ['BLOB_TRIGGER_SOURCE', 'Polling'],
  ['CLASSIFY_AUTH_LEVEL', 'everyone'],
])('a wrong %s ends the start with a message that names it', (name, value) => {
  const { status, stderr } = load({ ...STORAGE, [name]: value });
  expect(status).not.toBe(0);
  expect(stderr).toMatch(new RegExp(`ConfigurationError: Settings are wrong:\\n +${name}: `));
});

// Five fields would be taken by a local host, and mean something else on Azure.
test.each([
  ['SWEEP_SCHEDULE', 'daily', 'sweep'],
  ['SWEEP_SCHEDULE', '17 3 * * *', 'sweep'],
  ['RETRAIN_SCHEDULE', '0 0 25 * * 1', 'retrain'],
  ['RETRAIN_WATCH_SCHEDULE', 'off', 'retrainWatch'],
])('a wrong %s leaves out its own timer only, and is named', (name, value, timer) => {
  const settings = { RETRAIN_SCHEDULE: '0 0 5 * * 1', RETRAIN_JOB_NAME: 'job-train', [name]: value };
  const { status, stderr, loaded } = load({ ...STORAGE, ...settings });
  expect([status, stderr.trim()]).toEqual([
    0,
    expect.stringContaining(`A setting is wrong: ${name} is "${value}", expected `),
  ]);
  const names = loaded().functions.map((one: { name: string }) => one.name);
  const timers = [...triggers(loaded(), 'timerTrigger').keys()].toSorted();
  expect(timers).toEqual(['retrain', 'retrainWatch', 'sweep'].filter((one) => one !== timer));
  expect(names).toContain('classify');
});

test('host.json says what the design counts on', () => {
  expect(readJson(join(ROOT, 'host.json'))).toMatchObject({
    version: '2.0',
    telemetryMode: 'OpenTelemetry',
    functionTimeout: '00:05:00',
    extensionBundle: { id: 'Microsoft.Azure.Functions.ExtensionBundle', version: '[4.*, 5.0.0)' },
    extensions: {
      http: { routePrefix: 'api' },
      blobs: { poisonBlobThreshold: 5 },
      queues: { maxDequeueCount: 5, messageEncoding: 'base64' },
    },
  });
});

test('local.settings.sample.json holds settings that the app loads with, and no secret', () => {
  const { IsEncrypted, Values } = readJson(join(ROOT, 'local.settings.sample.json'));
  expect(IsEncrypted).toBe(false);
  expect(Values).toEqual({
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AzureWebJobsStorage: 'UseDevelopmentStorage=true',
    MODEL_STORAGE: 'UseDevelopmentStorage=true',
    // Azurite sends no events.
    BLOB_TRIGGER_SOURCE: 'LogsAndContainerScan',
    CLASSIFY_AUTH_LEVEL: 'function',
  });
  const app = load(Values).loaded();
  expect(triggers(app, 'blobTrigger').get('convert')!.source).toBe('LogsAndContainerScan');
});
