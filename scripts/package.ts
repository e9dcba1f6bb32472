/**
 * @module scripts/package
 * Makes the zip that is deployed to Azure Functions Flex Consumption: linux-x64, Node.js 22, on any machine.
 *
 *     npm run package [-- --out FILE]          default dist/pawprint.zip
 */
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../core/errors.ts';
import { buildApp } from './build.ts';
import { readTree, rebaseSourceMap } from './package/files.ts';
import {
  installForLinux,
  isNeededAtRunTime,
  NATIVE_PACKAGES,
  reducedPackageJson,
} from './package/install.ts';
import { readLock } from './package/locked-packages.ts';
import { checkNativeFiles } from './package/native-files.ts';
import { PackageError } from './package/package-error.ts';
import { partsOf, zipFiles } from './package/zip.ts';
import { ROOT } from './paths.ts';

const USAGE = 'npm run package [-- --out FILE]';
const PARTS_SHOWN = 6;

export interface PackageOptions {
  signal: AbortSignal;
  log: (line: string) => void;
}

/** Makes the zip and returns its bytes. Throws {@link PackageError}; `signal` ends it early, without leftovers. */
export async function packageApp({ signal, log }: PackageOptions): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'pawprint-package-'));
  try {
    const lock = readLock(ROOT);
    const packageJson = reducedPackageJson(
      JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')),
      lock,
    );
    log('Building the function app ...');
    await buildApp({ folder: join(folder, 'dist') });
    signal.throwIfAborted();
    log(`Fetching ${NATIVE_PACKAGES.join(' and ')} for linux-x64 ...`);
    await installForLinux(folder, packageJson, { lock, signal });

    const isNeeded = isNeededAtRunTime(lock);
    const files = readTree(
      folder,
      (path) => path === 'package.json' || path.startsWith('dist/') || isNeeded(path),
    );
    files.set('host.json', readFileSync(join(ROOT, 'host.json')));
    if (!files.has(packageJson.main)) {
      throw new PackageError(`package.json names ${packageJson.main} as main; the build makes no such file.`);
    }
    const homes = { folder: join(folder, 'dist'), home: join(ROOT, 'dist') };
    for (const [path, bytes] of files) {
      if (/^dist\/[^/]+\.map$/.test(path)) files.set(path, rebaseSourceMap(bytes, homes));
    }
    checkNativeFiles(files);
    log('Packing ...');
    return await zipFiles(files, { signal });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(out: string, zip: Uint8Array): void {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1).padStart(5)} MB`;
  console.log(`${out}: ${megabytes(zip.length).trim()}, the largest parts of it`);
  for (const { name, bytes } of partsOf(zip).slice(0, PARTS_SHOWN))
    console.log(`${megabytes(bytes)}  ${name}`);
}

/** The file to write: as it is given, from where npm was called; else in dist/ of the repository. */
function outOf(args: string[]): string {
  try {
    const { out } = parseArgs({ args, options: { out: { type: 'string' } } }).values;
    if (out === undefined) return join(ROOT, 'dist', 'pawprint.zip');
    return resolve(process.env.INIT_CWD ?? process.cwd(), out);
  } catch (error) {
    throw new PackageError(`${messageOf(error)}\n\n${USAGE}`, { cause: error });
  }
}

async function main(): Promise<void> {
  const ended = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      process.exitCode = 128 + constants.signals[signal];
      ended.abort(new PackageError('Stopped; nothing was written.'));
    });
  }
  try {
    const out = outOf(process.argv.slice(2));
    const zip = await packageApp({ signal: ended.signal, log: (line) => console.log(line) });
    mkdirSync(dirname(out), { recursive: true });
    // Moved into place whole: a deployment beside this must not pick up half of it.
    writeFileSync(`${out}.new`, zip);
    renameSync(`${out}.new`, out);
    report(out, zip);
  } catch (error) {
    console.error(error instanceof PackageError ? error.message : error);
    process.exitCode ||= 1;
  }
}

if (import.meta.main) await main();
