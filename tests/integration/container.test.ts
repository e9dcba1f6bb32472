/**
 * The training image, as far as it can be had without Docker: what it copies is there, and its steps are run in a folder
 * of their own. The wheel for GPUs (0.6 GB, and 2.5 GB of CUDA) is stood in for by the one for CPUs, which
 * `npm run setup:tfjs-node` keeps; `apt-get`, `useradd` and `ldconfig` belong to the image's system and are only looked at.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { TENSORFLOW } from '../../scripts/tfjs-node/libraries.ts';
import { isIgnored, parseCopy, parseDockerfile } from '../helpers/dockerfile.ts';
import { ROOT } from '../helpers/processes.ts';

const content = readFileSync(join(ROOT, 'training', 'Dockerfile'), 'utf8');
const instructions = parseDockerfile(content);
const named = (name: string) => instructions.filter((instruction) => instruction.name === name);
const ignore = readFileSync(join(ROOT, '.dockerignore'), 'utf8');
const runs = named('RUN').map(({ text }) => text);
const step = (part: string) => {
  const found = runs.filter((text) => text.includes(part));
  expect(found).toHaveLength(1);
  return found[0]!;
};

describe('training/Dockerfile', () => {
  const copies = named('COPY').map(({ text, stage }) => ({ ...parseCopy(text), stage }));

  it('copies only what is there and not kept out by .dockerignore', () => {
    const local = copies.filter(({ from }) => from === null).flatMap(({ sources }) => sources);
    expect(local).toContain('training');
    for (const source of local) {
      expect({ source, isThere: existsSync(join(ROOT, source)) }).toEqual({ source, isThere: true });
      expect({ source, isIgnored: isIgnored(ignore, source) }).toEqual({ source, isIgnored: false });
    }
  });

  it('copies from stages that come before, and from pinned images', () => {
    const stages = named('FROM').map(({ text }) => /^\S+(?: AS (\S+))?$/.exec(text)?.[1]);
    expect(stages).toEqual(['packages', 'tensorflow', undefined]);
    for (const { from, stage } of copies) {
      if (from === null) continue;
      const at = stages.indexOf(from);
      if (at === -1) expect(from).toMatch(/^node:22-bookworm-slim$/);
      else expect(at).toBeLessThan(stage);
    }
  });

  it('lets nothing into a build that may be secret, or that is large and not needed', () => {
    const kept = [
      'local.settings.json',
      '.env',
      'training/.env',
      '.state/azurite',
      'node_modules/a',
      '.git/config',
    ];
    const unneeded = ['tests/helpers/pictures.ts', 'starter/model/weights.bin', 'functions/classify.ts'];
    for (const path of [...kept, ...unneeded])
      expect({ path, is: isIgnored(ignore, path) }).toEqual({ path, is: true });
    expect(content).not.toMatch(/(AccountKey|SharedAccessKey|PASSWORD|SECRET|TOKEN)/i);
  });

  it('copies every file that the training imports', () => {
    const copied = copies
      .filter(({ from, stage }) => from === null && stage === 2)
      .flatMap(({ sources }) => sources);
    const files = ['core', 'training'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.ts'))
        .map((path) => join(folder, path)),
    );
    for (const file of files) {
      const code = readFileSync(join(ROOT, file), 'utf8');
      for (const [, path] of code.matchAll(/from '(\.[^']+)'/g)) {
        const target = join(file, '..', path!);
        expect({ file, target, isCopied: copied.some((one) => target.startsWith(`${one}/`)) }).toMatchObject({
          isCopied: true,
        });
      }
    }
  });

  it('takes the TensorFlow that the local set-up takes, and CUDA libraries that are pinned', () => {
    expect(named('ARG').map(({ text }) => text)).toContain(`TENSORFLOW_VERSION=${TENSORFLOW}`);
    const pins = readFileSync(join(ROOT, 'training', 'container', 'constraints.txt'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(pins).toHaveLength(12);
    for (const pin of pins) expect(pin).toMatch(/^nvidia-[a-z-]+-cu12==[\d.]+$/);
  });

  it('runs the entrypoint as a user that is not root, by its number', () => {
    const last = instructions.filter(({ stage }) => stage === 2);
    const user = last.findIndex(({ name }) => name === 'USER');
    expect(last[user]!.text).toBe('10001');
    expect(step('useradd')).toContain('--uid 10001');
    const entrypoint = last.slice(user).find(({ name }) => name === 'ENTRYPOINT')!;
    const words = JSON.parse(entrypoint.text) as string[];
    expect(words[0]).toBe('node');
    expect(existsSync(join(ROOT, words.at(-1)!))).toBe(true);
    const environment = last.find(({ name }) => name === 'ENV')!.text;
    expect(environment).toContain('TRAIN_WORK=/work');
    expect(step('useradd')).toContain('--owner=trainer --group=trainer /work');
  });

  // Field case 51: no install step, so nothing that one would download.
  it('installs from a lock file that fits package.json', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pawprint-ci-'));
    try {
      for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
        copyFileSync(join(ROOT, name), join(folder, name));
      }
      const install = step('npm ci');
      expect(install).toBe('npm ci --ignore-scripts');
      const { status, stderr } = spawnSync('sh', ['-c', `${install} --dry-run --offline`], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect({ status, stderr }).toMatchObject({ status: 0 });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 120_000);

  it('has no step that neither a test here runs nor this list names', () => {
    const run = ['keep-packages.ts', 'mv /opt/site', 'g++ -O2', 'probe-engine.ts', 'ldconfig'];
    const looked = ['npm ci', 'apt-get update', 'pip install'];
    for (const text of runs) {
      expect([...run, ...looked].filter((part) => text.includes(part))).toHaveLength(1);
    }
    expect(runs).toHaveLength(run.length + looked.length);
  });
});

it('.funcignore lets through what the function app runs, and nothing else', () => {
  const rules = readFileSync(join(ROOT, '.funcignore'), 'utf8');
  const kept = [
    'dist/main.cjs',
    'dist/inference-thread.cjs',
    'dist/main.cjs.map',
    'host.json',
    'package.json',
  ];
  for (const path of [...kept, 'node_modules/sharp/lib/index.js']) {
    expect({ path, is: isIgnored(rules, path) }).toEqual({ path, is: false });
  }
  const others = [
    'core/config.ts',
    'local.settings.json',
    '.env',
    '.state/a',
    'training/Dockerfile',
    'dist/pawprint.zip',
  ];
  for (const path of others) expect({ path, is: isIgnored(rules, path) }).toEqual({ path, is: true });
});

it('the development container has the Node.js of Azure, and asks for extensions that the workspace recommends', () => {
  const read = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
  const container = read('.devcontainer/devcontainer.json');
  const [, major] = /typescript-node:(\d+)/.exec(container.image)!;
  expect(readFileSync(join(ROOT, '.node-version'), 'utf8').trim()).toBe(major);
  const { scripts } = read('package.json');
  for (const [, script] of container.postCreateCommand.matchAll(/npm run (\S+)/g))
    expect(scripts).toHaveProperty([script]);
  const { extensions } = container.customizations.vscode;
  expect(extensions).toEqual(expect.arrayContaining(read('.vscode/extensions.json').recommendations));
});

const libraries = join(
  process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
  'pawprint',
  'tfjs-node',
  `tensorflow-${TENSORFLOW}`,
);
const sources = join(ROOT, 'node_modules', '@tensorflow', 'tfjs-node');
const hasCompiler =
  spawnSync('g++', ['--version']).status === 0 && spawnSync('strip', ['--version']).status === 0;
const isComplete = existsSync(libraries) && existsSync(join(sources, 'binding')) && hasCompiler;
const describeSteps = isComplete ? describe : describe.skip;

describeSteps('the steps of training/Dockerfile (need npm run setup:tfjs-node and g++)', () => {
  let image: string;
  beforeAll(() => {
    image = mkdtempSync(join(tmpdir(), 'pawprint-image-'));
    for (const folder of ['opt', 'app', 'etc/ld.so.conf.d', 'bin'])
      mkdirSync(join(image, folder), { recursive: true });
  }, 60_000);
  afterAll(() => rmSync(image, { recursive: true, force: true }));

  /** Runs a step as the image's shell does, with the image's folders below a folder of this machine. */
  function run(text: string, { cwd }: { cwd: string }): string {
    const moved = text.replace(/(?<=^|[\s=,]|-I|-L)\/(opt|app|etc|work)(?=\/|\s|$)/g, `${image}/$1`);
    const PATH = `${join(image, 'bin')}:${join(ROOT, 'node_modules', '.bin')}:${process.env.PATH}`;
    const { status, stdout, stderr } = spawnSync('sh', ['-c', moved], {
      cwd: join(image, cwd),
      encoding: 'utf8',
      env: { ...process.env, PATH, NODE_OPTIONS: '' },
    });
    if (status !== 0) throw new Error(`${moved}\nended with ${status}:\n${stdout}${stderr}`);
    return stdout;
  }
  const copy = (from: string, to: string) => {
    mkdirSync(join(image, to, '..'), { recursive: true });
    cpSync(from, join(image, to), { recursive: true, mode: constants.COPYFILE_FICLONE });
  };

  it('keep the packages that training imports and no others', () => {
    for (const path of [
      'package.json',
      'package-lock.json',
      'core',
      'training',
      'scripts/keep-packages.ts',
    ]) {
      copy(join(ROOT, path), `app/${path}`);
    }
    for (const path of [
      'scripts/paths.ts',
      'scripts/package/locked-packages.ts',
      'scripts/package/package-error.ts',
    ]) {
      copy(join(ROOT, path), `app/${path}`);
    }
    // The folders of npm ci, each with its package.json only: what is kept is decided by the lock file.
    const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: object };
    for (const path of Object.keys(lock.packages)) {
      if (path === '' || !existsSync(join(ROOT, path, 'package.json'))) continue;
      mkdirSync(join(image, 'app', path), { recursive: true });
      copyFileSync(join(ROOT, path, 'package.json'), join(image, 'app', path, 'package.json'));
    }
    for (const path of ['node_modules/node-api-headers/include', 'node_modules/onnxruntime-node/bin']) {
      const at = join(image, 'app', path);
      mkdirSync(at, { recursive: true });
      writeFileSync(join(at, 'a.map'), '');
    }
    const onnx = join(image, 'app', 'node_modules', 'onnxruntime-node', 'bin', 'napi-v6');
    const systems = ['linux/x64', 'linux/arm64', 'darwin/arm64', 'win32/x64'];
    for (const system of systems) mkdirSync(join(onnx, system), { recursive: true });

    expect(run(step('keep-packages.ts'), { cwd: 'app' })).toMatch(/^\d+ packages are kept\.$/m);
    const modules = join(image, 'app', 'node_modules');
    for (const name of [
      'sharp',
      'zod',
      'tar-stream',
      'yauzl',
      'vega',
      '@azure/storage-blob',
      '@tensorflow/tfjs-node',
    ]) {
      expect({ name, isKept: existsSync(join(modules, name, 'package.json')) }).toEqual({
        name,
        isKept: true,
      });
    }
    for (const name of [
      'jest',
      'azurite',
      'typescript',
      'playwright-core',
      'node',
      '@biomejs/biome',
      'node-api-headers',
    ]) {
      expect({ name, isKept: existsSync(join(modules, name)) }).toEqual({ name, isKept: false });
    }
    expect(systems.filter((system) => existsSync(join(onnx, system)))).toEqual(['linux/x64']);
    expect(existsSync(join(onnx, '..', 'a.map'))).toBe(false);
    expect(existsSync(join(image, 'opt', 'node-api-headers'))).toBe(true);
  }, 120_000);

  it('take the libraries out of what pip installs, CUDA beside TensorFlow', () => {
    for (const name of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2', 'include']) {
      copy(join(libraries, name), `opt/site/tensorflow/${name}`);
    }
    // As the wheels of NVIDIA lie.
    for (const [path, text] of [
      ['nvidia/cublas/lib/libcublas.so.12', 'library'],
      ['nvidia/cublas/include/cublas.h', 'header'],
      ['nvidia/cudnn/lib/libcudnn_static.a', 'archive'],
      ['nvidia/cudnn/lib/libcudnn.so.9', 'library'],
      ['nvidia/__init__.py', ''],
      [`tensorflow-${TENSORFLOW}.dist-info/METADATA`, 'license'],
      ['nvidia_cublas_cu12-12.5.3.2.dist-info/License.txt', 'license'],
      ['keras/__init__.py', ''],
    ] as const) {
      mkdirSync(join(image, 'opt', 'site', path, '..'), { recursive: true });
      writeFileSync(join(image, 'opt', 'site', path), text);
    }
    run(step('mv /opt/site'), { cwd: 'opt' });
    const files = readdirSync(join(image, 'opt', 'tensorflow'), { recursive: true, encoding: 'utf8' });
    const plain = files.filter((path) => statSync(join(image, 'opt', 'tensorflow', path)).isFile()).sort();
    expect(plain).toEqual([
      'licenses/nvidia_cublas_cu12-12.5.3.2.dist-info/License.txt',
      `licenses/tensorflow-${TENSORFLOW}.dist-info/METADATA`,
      'nvidia/cublas/lib/libcublas.so.12',
      'nvidia/cudnn/lib/libcudnn.so.9',
      'tensorflow/libtensorflow_cc.so.2',
      'tensorflow/libtensorflow_framework.so.2',
    ]);
  }, 120_000);

  it('build an addon that finds the libraries by their absolute path, and computes', () => {
    rmSync(join(image, 'opt', 'node-api-headers'), { recursive: true, force: true });
    copy(join(ROOT, 'node_modules', 'node-api-headers', 'include'), 'opt/node-api-headers');
    for (const name of ['package.json', 'binding', 'dist', 'src'])
      copy(join(sources, name), `opt/tfjs-node/${name}`);
    expect(existsSync(join(image, 'opt', 'tfjs-node', 'deps'))).toBe(false);
    run(step('g++ -O2'), { cwd: 'opt/tfjs-node' });
    const addon = join(image, 'opt', 'tfjs-node', 'lib', 'napi-v8', 'tfjs_binding.node');
    expect(readFileSync(addon).includes(join(image, 'opt', 'tensorflow', 'tensorflow'))).toBe(true);

    // The last stage: the packages as they are here, but for this one.
    rmSync(join(image, 'app', 'node_modules'), { recursive: true, force: true });
    const modules = join(image, 'app', 'node_modules');
    mkdirSync(join(modules, '@tensorflow'), { recursive: true });
    const link = (name: string) => symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
    for (const name of readdirSync(join(ROOT, 'node_modules'))) if (name !== '@tensorflow') link(name);
    for (const name of readdirSync(join(ROOT, 'node_modules', '@tensorflow'))) {
      if (name !== 'tfjs-node') link(`@tensorflow/${name}`);
    }
    cpSync(join(image, 'opt', 'tfjs-node'), join(modules, '@tensorflow', 'tfjs-node'), { recursive: true });
    for (const folder of ['core', 'training']) {
      if (!existsSync(join(image, 'app', folder))) copy(join(ROOT, folder), `app/${folder}`);
    }
    copyFileSync(join(ROOT, 'package.json'), join(image, 'app', 'package.json'));
    const report = JSON.parse(run(step('probe-engine.ts'), { cwd: 'app' })) as object;
    expect(report).toEqual({
      description: `engine: node (TensorFlow ${TENSORFLOW}, CPU)`,
      isGpu: false,
      fault: null,
    });
    // Without the libraries the step fails, and the build with it.
    rmSync(join(image, 'opt', 'tensorflow', 'tensorflow', 'libtensorflow_framework.so.2'));
    expect(() => run(step('probe-engine.ts'), { cwd: 'app' })).toThrow('ended with 1');
  }, 300_000);

  it("tell the system's loader of every folder of CUDA", () => {
    for (const name of ['ldconfig', 'useradd', 'install']) {
      writeFileSync(join(image, 'bin', name), '#!/bin/sh\n');
      chmodSync(join(image, 'bin', name), 0o755);
    }
    run(step('ldconfig'), { cwd: 'app' });
    const listed = readFileSync(join(image, 'etc', 'ld.so.conf.d', 'pawprint-cuda.conf'), 'utf8');
    const cuda = join(image, 'opt', 'tensorflow', 'nvidia');
    expect(listed.trim().split('\n').sort()).toEqual([
      join(cuda, 'cublas', 'lib'),
      join(cuda, 'cudnn', 'lib'),
    ]);
  });
});
