import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installChromium } from '../../../scripts/browser/install.ts';

let folder: string;
let browser: string;
/** Only ever a program of the test's: the true one would install on this machine. */
let fakeAptGet: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-browser-'));
  browser = join(folder, 'chromium');
  fakeAptGet = join(folder, 'apt-get');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const install = ({ isRoot }: { isRoot: boolean }) =>
  installChromium({ path: browser, aptGet: fakeAptGet, isRoot, log: () => {} });

function writeProgram(path: string, ...lines: string[]): void {
  writeFileSync(path, ['#!/bin/sh', ...lines].join('\n'));
  chmodSync(path, 0o755);
}

/** An apt-get that writes down what it is asked for, and does `lines` when it is to install. */
function writeAptGet(...lines: string[]): () => string {
  const calls = join(folder, 'calls');
  writeProgram(fakeAptGet, `echo "$@" >> ${calls}`, 'if [ "$1" = install ]; then', ...lines, 'fi');
  return () => (existsSync(calls) ? readFileSync(calls, 'utf8') : '');
}

const chromiumAppears = () => `printf '#!/bin/sh\\necho Chromium 1.2' > ${browser}; chmod +x ${browser}`;

test('leaves a browser that is there alone', async () => {
  writeProgram(browser, 'echo Chromium 1.2');
  const calls = writeAptGet('exit 1');
  await expect(install({ isRoot: false })).resolves.toBe('Chromium 1.2');
  expect(calls()).toBe('');
});

test('installs it as root, and says which one it is', async () => {
  const calls = writeAptGet(chromiumAppears());
  await expect(install({ isRoot: true })).resolves.toBe('Chromium 1.2');
  expect(calls()).toMatch(/^--version\nupdate\ninstall --yes --no-install-recommends chromium /);
});

test('says the command where it may not install', async () => {
  const calls = writeAptGet(chromiumAppears());
  await expect(install({ isRoot: false })).rejects.toThrow(
    'this needs root. As root: apt-get install chromium',
  );
  expect(calls()).not.toContain('install');
});

test('names what is missing without apt-get, and the reason when that fails', async () => {
  await expect(install({ isRoot: true })).rejects.toThrow(
    `apt-get is not there. Install Chromium so that it is ${browser}`,
  );
  writeAptGet('echo "E: Unable to locate package" >&2', 'exit 100');
  await expect(install({ isRoot: true })).rejects.toThrow(
    /they can not be installed\. As root: .*E: Unable to locate package/,
  );
});
