/**
 * @module scripts/tfjs-node/addon
 * The addon of tfjs-node, built from the sources in its own npm package.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { LIBRARIES } from './libraries.ts';
import { makeOnce } from './make-once.ts';
import { MissingError, run } from './run.ts';

const VERSION = '4.22.0';
const SOURCES = ['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc'];
/** PyPI carries a C++ compiler, too; it is told to build for any glibc since 2017. */
const ZIG = { version: '0.13.0', target: 'x86_64-linux-gnu.2.27' };

/**
 * The folder of the npm package under `root`. npm 10 drops an optional package whose install step fails; then it
 * is installed into `cache`, where it can prune nothing, and linked. Throws MissingError.
 */
export async function findPackage(
  root: string,
  { cache, log }: { cache: string; log: (line: string) => void },
): Promise<string> {
  const folder = join(root, 'node_modules', '@tensorflow', 'tfjs-node');
  if (existsSync(join(folder, 'binding'))) return folder;
  const installed = join(cache, `tfjs-node-${VERSION}`);
  await makeOnce(installed, async (temporary) => {
    log(`fetching @tensorflow/tfjs-node ${VERSION} ...`);
    const install = [
      'install',
      '--prefix',
      temporary,
      '--no-save',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
    ];
    await run('npm', [...install, `@tensorflow/tfjs-node@${VERSION}`], {
      cwd: temporary,
      orElse: "@tensorflow/tfjs-node can't be fetched by npm",
    });
    return temporary;
  });
  await rm(folder, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  await symlink(join(installed, 'node_modules', '@tensorflow', 'tfjs-node'), folder);
  return folder;
}

/** Links the libraries into the package and builds its addon against them. Throws MissingError. */
export async function buildAddon(
  folder: string,
  {
    root,
    libraries,
    cache,
    log,
  }: { root: string; libraries: string; cache: string; log: (line: string) => void },
): Promise<void> {
  const links = join(folder, 'deps', 'lib');
  await mkdir(links, { recursive: true });
  for (const library of LIBRARIES) {
    const link = join(links, library);
    await rm(link, { force: true });
    await symlink(join(libraries, library), link);
  }
  const target = join(folder, 'lib', 'napi-v8');
  await mkdir(target, { recursive: true });
  const require = createRequire(join(root, 'package.json'));
  const headers = (require('node-api-headers') as { include_dir: string }).include_dir;
  const built = join(target, `.tfjs_binding.${process.pid}`);
  const [compiler, ...first] = await findCompiler(cache, log);
  log('building the addon ...');
  await run(
    compiler!,
    [
      ...first,
      ...['-O2', '-std=gnu++17', '-fPIC', '-shared', '-w', '-DNAPI_VERSION=8'],
      ...[`-I${headers}`, `-I${join(libraries, 'include')}`, '-o', built, ...SOURCES],
      ...[
        `-L${libraries}`,
        ...LIBRARIES.map((library) => `-l:${library}`),
        '-Wl,-rpath,$ORIGIN/../../deps/lib',
      ],
    ],
    { cwd: folder, orElse: "the addon can't be built" },
  );
  await rename(built, join(target, 'tfjs_binding.node'));
}

/** The words that call a C++ compiler: the machine's own, else Zig's from PyPI. */
async function findCompiler(cache: string, log: (line: string) => void): Promise<string[]> {
  for (const compiler of ['g++', 'c++', 'clang++']) {
    const works = await run(compiler, ['--version'], { orElse: compiler }).then(
      () => true,
      () => false,
    );
    if (works) return [compiler];
  }
  const zig = join(cache, `ziglang-${ZIG.version}`);
  await makeOnce(zig, async (temporary) => {
    log('no C++ compiler is there; fetching Zig (80 MB) ...');
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps'];
    await run('python3', [...install, '--target', temporary, `ziglang==${ZIG.version}`], {
      orElse: 'a C++ compiler (g++) is not there',
    });
    return temporary;
  });
  const program = join(zig, 'ziglang', 'zig');
  if (!existsSync(program)) throw new MissingError('a C++ compiler (g++) is not there');
  return [program, 'c++', '-target', ZIG.target, '-Wl,--allow-shlib-undefined'];
}
