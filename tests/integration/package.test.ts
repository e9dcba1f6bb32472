/**
 * The zip that is deployed: what is in it, and that it works where there is nothing else. It is made once, with
 * the step told that it runs on a Mac.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import sharp from 'sharp';
import { loadSession } from '../../core/inference/session.ts';
import { convertFiles } from '../../core/lifecycle/convert-version.ts';
import { FILE, parseManifest } from '../../core/manifest.ts';
import { openStorage } from '../../core/storage/storage.ts';
import { startAzurite } from '../../scripts/azurite.ts';
import { checkNativeFiles } from '../../scripts/package/native-files.ts';
import { partsOf, zipFiles } from '../../scripts/package/zip.ts';
import { everyNode, NODE_22 } from '../helpers/every-node.ts';
import { petJpeg } from '../helpers/pictures.ts';
import { eventually, ROOT, startNode, stopAll } from '../helpers/processes.ts';
import { aTinyVersion } from '../helpers/tiny-version.ts';

const SIDE = 16;
const HELPERS = join(ROOT, 'tests', 'helpers');
const folder = mkdtempSync(join(tmpdir(), 'pawprint-zip-'));
const zipFile = join(folder, 'pawprint.zip');
const app = join(folder, 'unpacked');

// Made while tests are collected: only then can they still be skipped by name.
const made = spawnSync(NODE_22, [join(ROOT, 'scripts', 'package.ts'), '--out', zipFile], {
  cwd: ROOT,
  encoding: 'utf8',
  env: {
    ...process.env,
    NODE_OPTIONS: `--require ${join(HELPERS, 'pretend-darwin.cjs')}`,
    // esbuild is the one that must know better: it runs here.
    ESBUILD_BINARY_PATH: require.resolve(`@esbuild/${process.platform}-${process.arch}/bin/esbuild`),
  },
});
const isOffline =
  made.status !== 0 && /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|ETIMEDOUT)\b/.test(made.stderr);

afterAll(async () => {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs plain JavaScript in `node` without a flag, far from the repository. */
function run<T>(node: string, script: string, ...args: string[]): T {
  const { stdout, stderr, status } = spawnSync(node, [join(HELPERS, script), ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: '', MODEL_STORAGE: 'UseDevelopmentStorage=true' },
  });
  if (status !== 0) throw new Error(`${script} ended with ${status}:\n${stderr}`);
  expect(stderr).toBe('');
  return JSON.parse(stdout) as T;
}

const describeZip = isOffline ? describe.skip : describe;
describeZip(isOffline ? "the zip (npm's registry can't be reached)" : 'the zip', () => {
  let files: Map<string, Uint8Array>;
  beforeAll(() => {
    if (made.status !== 0) throw new Error(`npm run package ended with ${made.status}:\n${made.stderr}`);
    files = new Map(Object.entries(unzipSync(readFileSync(zipFile))));
    for (const [path, bytes] of files) {
      mkdirSync(dirname(join(app, path)), { recursive: true });
      writeFileSync(join(app, path), bytes);
    }
  });

  // Field case 58.
  it('made as on a Mac holds the libraries of linux-x64 and no others', () => {
    const native = [...files.keys()].filter((path) => /\.(node|dll|exe|dylib|so)(\.[\d.]+)?$/.test(path));
    const { version } = JSON.parse(Buffer.from(files.get('node_modules/sharp/package.json')!).toString());
    expect(native.map((path) => path.replace(/[\d.]+$/, ''))).toEqual([
      'node_modules/@img/sharp-libvips-linux-x64/lib/libvips-cpp.so',
      `node_modules/@img/sharp-linux-x64/lib/sharp-linux-x64-${version}.node`,
      'node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so',
      'node_modules/onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node',
    ]);
    // ELF for x86-64.
    for (const path of native)
      expect([...files.get(path)!.subarray(0, 20)]).toMatchObject({ 1: 69, 2: 76, 3: 70, 18: 62 });
    expect([...files.keys()].filter((path) => /darwin|win32|arm64|musl/.test(path))).toEqual([]);
  });

  // Field case 69.
  it('holds the app and what it needs, and is below 30 MB', () => {
    const tops = new Set([...files.keys()].map((path) => path.split('/')[0]));
    expect([...tops].sort()).toEqual(['dist', 'host.json', 'node_modules', 'package.json']);
    expect(Buffer.from(files.get('host.json')!)).toEqual(readFileSync(join(ROOT, 'host.json')));
    const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
    const versionOf = (name: string) => lock.packages[`node_modules/${name}`].version;
    expect(JSON.parse(Buffer.from(files.get('package.json')!).toString())).toEqual({
      name: 'pawprint',
      version: lock.version,
      type: 'module',
      main: 'dist/main.cjs',
      dependencies: { 'onnxruntime-node': versionOf('onnxruntime-node'), sharp: versionOf('sharp') },
    });
    const zip = readFileSync(zipFile);
    expect(zip.length).toBeLessThan(30e6);
    expect(partsOf(zip)[0]!.name).toBe('node_modules/onnxruntime-node');
    expect(made.stdout).toContain(`${zipFile}: ${(zip.length / 1e6).toFixed(1)} MB`);
    const map = Buffer.from(files.get('dist/main.cjs.map')!).toString();
    expect(map).toContain('"../functions/classify.ts"');
    expect(map).not.toContain(tmpdir());
  });

  const nodes = everyNode();
  if (nodes.length < 2) it.skip("in the machine's own Node.js (none from 20 on is on PATH)", () => {});

  // Field case 57.
  it.each(nodes)('loads in Node.js %s without flags, and registers every function', (_, node) => {
    const { functions, packages, libraries } = run<Record<string, { name: string }[]>>(
      node,
      'load-entry.cjs',
      app,
    );
    expect(functions!.map(({ name }) => name).sort()).toEqual([
      'app',
      'breeds',
      'classify',
      'convert',
      'docs',
      'feedback',
      'feedbackDelete',
      'feedbackList',
      'health',
      'metrics',
      'model',
      'models',
      'openapi',
      'poison',
      'promote',
      'ready',
      'register',
      'retrainNow',
      'rollback',
      'sweep',
    ]);
    expect(packages!.filter((name) => /sharp|onnxruntime/.test(`${name}`))).toEqual([]);
    expect(libraries).toEqual([]);
  });

  // Field case 50.
  it.each(nodes)('decodes a photograph and answers in Node.js %s, by its own libraries', async (_, node) => {
    const { manifest, files: version } = await aTinyVersion();
    const onnx = convertFiles(manifest, version).float32;
    const photo = await petJpeg();
    writeFileSync(join(folder, 'model.onnx'), onnx);
    writeFileSync(join(folder, 'pet.jpg'), photo);
    const words = [app, join(folder, 'model.onnx'), join(folder, 'pet.jpg'), String(SIDE)];
    const { logits, libraries } = run<{ logits: number[]; libraries: string[] }>(
      node,
      'answer-once.cjs',
      ...words,
    );

    const pixels = await sharp(photo).resize(SIDE, SIDE, { fit: 'fill' }).raw().toBuffer();
    const session = await loadSession(onnx);
    const expected = (await session.run(pixels)).logits;
    await session.dispose();
    expect(logits).toHaveLength(expected.length);
    logits.forEach((logit, i) => {
      expect(logit).toBeCloseTo(expected[i]!, 4);
    });
    expect(libraries).toHaveLength(4);
    for (const path of libraries) expect(path.startsWith(app)).toBe(true);
  });

  // Field cases 50 and 57: what the bundle quietly does without, when a package beside it is missing, shows here.
  it('takes a model the whole way and classifies a photograph', async () => {
    const azurite = await startAzurite();
    const connection = azurite.connectionString;
    const host = startNode(
      [join(ROOT, 'scripts/host/main.ts'), '--root', app, '--port', '0', '--state', join(folder, 'state')],
      {
        AzureWebJobsStorage: connection,
        MODEL_STORAGE: connection,
        BLOB_TRIGGER_SOURCE: 'LogsAndContainerScan',
        POINTER_MAX_AGE_SECONDS: '0.5',
      },
    );
    const url = (await host.until(/Now listening on: (\S+)/))[1]!;
    const { manifest, files: version } = await aTinyVersion();
    const storage = openStorage({ MODEL_STORAGE: connection });
    await storage.ensureContainers();
    for (const [path, bytes] of version) {
      await storage.createOnce('trained', `${manifest.version}/${path}`, bytes);
    }
    const body = new Uint8Array(await petJpeg());
    const answer = await eventually(async () => {
      const response = await fetch(`${url}/api/classify`, { method: 'POST', body });
      return response.ok ? ((await response.json()) as Record<string, unknown>) : undefined;
    });
    expect(answer).toMatchObject({ model: { version: manifest.version }, predictions: [{}, {}, {}] });
    const { bytes } = await storage.read('models', `${manifest.version}/${FILE.manifest}`);
    expect(parseManifest(bytes).conversion).toMatchObject({
      float32: { identical: true },
      int8: { identical: true },
    });
    await azurite.stop();
  }, 60_000);

  // Field case 58.
  describe('is refused', () => {
    const binding = 'node_modules/onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node';
    const elfFor = (machine: number) =>
      Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, ...Array(11).fill(0), machine, 0]);
    const withFile = (path: string, bytes: Uint8Array) => new Map([...files, [path, bytes]]);
    const without = (pattern: RegExp) => new Map([...files].filter(([path]) => !pattern.test(path)));

    it.each([
      [
        'sharp of a Mac beside it',
        'node_modules/@img/sharp-darwin-arm64/lib/sharp.node',
        Buffer.from('cffaedfe0c000001', 'hex'),
      ],
      [
        'sharp of Windows beside it',
        'node_modules/@img/sharp-win32-x64/lib/libvips-42.dll',
        Buffer.from('MZ'),
      ],
      ['sharp for musl beside it', 'node_modules/@img/sharp-linuxmusl-x64/lib/sharp.node', elfFor(62)],
      ['a library for arm64 in the place of one for x64', binding, elfFor(183)],
      [
        'a library that no name gives away',
        'node_modules/semver/data',
        Buffer.from('cffaedfe0c000001', 'hex'),
      ],
    ])('with %s', (_, path, bytes) => {
      expect(() => checkNativeFiles(files)).not.toThrow();
      expect(() => checkNativeFiles(withFile(path, bytes))).toThrow(`${path} is not for linux-x64 (glibc)`);
    });

    it.each([
      ['sharp', /sharp-linux-x64.*\.node$/],
      ["sharp's libvips", /libvips-cpp/],
      ['onnxruntime-node', /onnxruntime_binding/],
      ["onnxruntime-node's library", /libonnxruntime\.so/],
    ])('without %s', (what, pattern) => {
      expect(() => checkNativeFiles(without(pattern))).toThrow(`${what} for linux-x64 (glibc) is missing`);
    });
  });
});

test('the same files make the same zip, whatever their order and the time', async () => {
  const { signal } = new AbortController();
  const files: [string, Uint8Array][] = ['b/2.txt', 'a.txt', 'b/10.txt'].map((path) => [
    path,
    Buffer.from(path),
  ]);
  const first = await zipFiles(new Map(files), { signal });
  jest.useFakeTimers({ now: new Date('2031-05-06T07:08:09Z') });
  const second = await zipFiles(new Map(files.toReversed()), { signal }).finally(() => jest.useRealTimers());
  expect(Buffer.from(second).equals(first)).toBe(true);
  expect(Object.keys(unzipSync(second))).toEqual(['a.txt', 'b/10.txt', 'b/2.txt']);
});
