/** The way into every script, with an npm of the test's that writes down what it was asked. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, ROOT, startNode, stopAll } from '../helpers/processes.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pawprint-bootstrap-'));
  mkdirSync(join(root, 'scripts'));
  copyFileSync(join(ROOT, 'scripts', 'bootstrap.cjs'), join(root, 'scripts', 'bootstrap.cjs'));
  writeFileSync(join(root, 'script.cjs'), "console.log('script runs', process.argv.slice(2).join(' '));");
  writeLock('package-lock.json', { 'node_modules/a': { version: '1.0.0' } });
});
afterEach(async () => {
  await stopAll();
  rmSync(root, { recursive: true, force: true });
});

function writeLock(path: string, packages: object): void {
  writeFileSync(join(root, path), JSON.stringify({ packages }));
}

/** What `npm ci` leaves behind: the hidden lock file, and Node.js 22 as a package. */
function writeNodeModules(packages: object): void {
  mkdirSync(join(root, 'node_modules', 'node', 'bin'), { recursive: true });
  writeLock('node_modules/.package-lock.json', packages);
  copyFileSync(process.execPath, join(root, 'node_modules', 'node', 'bin', 'node'));
}

function startWith(npm: string) {
  const npmPath = join(root, 'npm-cli.js');
  writeFileSync(npmPath, npm);
  return startNode([join(root, 'scripts', 'bootstrap.cjs'), 'script.cjs', '--one'], {
    npm_execpath: npmPath,
  });
}

test('runs the script at once where node_modules is what the lock file says', async () => {
  writeNodeModules({ 'node_modules/a': { version: '1.0.0' } });
  const running = startWith('throw new Error("npm was not needed")');
  expect(await running.ended).toBe(0);
  expect(running.output()).toBe('script runs --one\n');
});

test('an optional package may be missing, another may not', async () => {
  writeNodeModules({ 'node_modules/a': { version: '1.0.0' } });
  writeLock('package-lock.json', {
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b': { version: '1.0.0', optional: true },
  });
  expect(await startWith('process.exit(7)').ended).toBe(0);
  writeLock('package-lock.json', { 'node_modules/a': { version: '2.0.0' } });
  const running = startWith(
    'console.log(process.argv[2], process.env.ONNXRUNTIME_NODE_INSTALL_CUDA); process.exit(7)',
  );
  expect(await running.ended).toBe(7);
  expect(running.output()).toContain('node_modules/a is not 2.0.0');
  expect(running.output()).toContain('ci skip');
  expect(running.output()).toContain('npm ci failed');
});

test('SIGTERM while npm is at work ends npm too, and the script never runs', async () => {
  const began = join(root, 'began');
  const running = startWith(
    `require('node:fs').writeFileSync(${JSON.stringify(began)}, String(process.pid)); setInterval(() => {}, 1000);`,
  );
  const pid = await eventually(
    async () => (existsSync(began) && Number(readFileSync(began, 'utf8'))) || undefined,
  );
  running.signal('SIGTERM');
  expect(await running.ended).toBe(143);
  expect(running.output()).not.toContain('script runs');
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('the script ends with its own exit code', async () => {
  writeNodeModules({ 'node_modules/a': { version: '1.0.0' } });
  writeFileSync(join(root, 'script.cjs'), 'process.exit(3)');
  expect(await startWith('').ended).toBe(3);
});
