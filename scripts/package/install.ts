/**
 * @module scripts/package/install
 * Installs the packages that stay outside the bundle as linux-x64 needs them, whatever machine this is.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Lock, lockedVersions, reachablePaths } from './locked-packages.ts';
import { PackageError } from './package-error.ts';

/** What the bundle requires at run time: packages with native libraries. */
export const NATIVE_PACKAGES = ['onnxruntime-node', 'sharp'] as const;

/**
 * Needed by onnxruntime-node's install step alone, which fetches CUDA libraries. They are installed and left out
 * afterwards: npm refuses a lock file that lacks a dependency.
 */
const INSTALL_ONLY = ['adm-zip', 'global-agent'];

/** The platform of Flex Consumption. */
const PLATFORM = ['--os=linux', '--cpu=x64', '--libc=glibc'];

/** The package.json of the deployed app: its own facts and the packages beside it, at exact versions. */
export function reducedPackageJson(root: { name: string; version: string; main: string }, lock: Lock) {
  const { name, version, main } = root;
  return { name, version, type: 'module', main, dependencies: lockedVersions(lock, NATIVE_PACKAGES) };
}

/**
 * Writes `packageJson` and a lock file into `folder`, and installs there with npm. No install script runs: the
 * libraries are in the packages. Throws {@link PackageError} when npm fails; it has said why.
 */
export async function installForLinux(
  folder: string,
  packageJson: ReturnType<typeof reducedPackageJson>,
  { lock, signal }: { lock: Lock; signal: AbortSignal },
): Promise<void> {
  const paths = reachablePaths(lock, NATIVE_PACKAGES);
  const packages = Object.fromEntries(paths.map((path) => [path, lock.packages[path]]));
  const { name, version } = packageJson;
  const reduced = {
    name,
    version,
    lockfileVersion: 3,
    requires: true,
    packages: { '': packageJson, ...packages },
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(packageJson, null, 2)}\n`);
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(reduced));
  const quiet = ['--loglevel=error', '--no-audit', '--no-fund'];
  const code = await runNpm(['ci', ...PLATFORM, '--ignore-scripts', '--omit=dev', ...quiet], {
    folder,
    signal,
  });
  signal.throwIfAborted();
  if (code !== 0) {
    throw new PackageError('npm ci failed; see above. Check the network and run the same command again.');
  }
}

/** Whether a file below `node_modules/` is used at run time on linux-x64. */
export function isNeededAtRunTime(lock: Lock): (path: string) => boolean {
  const packages = new Set(reachablePaths(lock, NATIVE_PACKAGES, { except: INSTALL_ONLY }));
  return (path) => {
    const owner = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0];
    return owner !== undefined && packages.has(owner) && !DEAD_WEIGHT.some((pattern) => pattern.test(path));
  };
}

const DEAD_WEIGHT = [
  // Five platforms in one package; 200 MB of it are for the others.
  /^node_modules\/onnxruntime-node\/bin\/napi-v\d+\/(?!linux\/x64\/)/,
  // What builds or installs them, and sources.
  /^node_modules\/(onnxruntime-node\/(script|lib)|onnxruntime-common\/lib|sharp\/(src|install|lib))\//,
  /\.(d\.[cm]?ts|map)$/,
];

function runNpm(
  args: string[],
  { folder, signal }: { folder: string; signal: AbortSignal },
): Promise<number | null> {
  return new Promise((resolve, reject) => {
    // The npm that runs us, where one does; another may come first in PATH.
    const running = process.env.npm_execpath ?? '';
    const [command, first] = /npm-cli\.js$/.test(running) ? [process.execPath, [running]] : ['npm', []];
    const child = spawn(command, [...first, ...args], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32' && command === 'npm',
    });
    // Its end is waited for: it would go on writing into a folder that is being removed. By SIGTERM it takes
    // four seconds to undo what is removed anyway.
    signal.addEventListener('abort', () => child.kill('SIGKILL'), { once: true });
    child.once('error', (cause) => reject(new PackageError('npm can not be started.', { cause })));
    child.once('exit', resolve);
  });
}
