/**
 * The way into every script: sets up what is missing, then runs the script with the Node.js that Azure runs.
 *
 *     node scripts/bootstrap.cjs scripts/start.ts [arguments]
 *
 * Plain JavaScript for Node.js 20: it runs before anything is installed.
 */
'use strict';
const { spawn } = require('node:child_process');
const { existsSync, readFileSync } = require('node:fs');
const { constants } = require('node:os');
const { delimiter, join } = require('node:path');

const ROOT = join(__dirname, '..');
const NODE = join(ROOT, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** The process that works for us now: npm, then the script. It gets our signals. */
let child;
/** What ended us before there was a child to tell, or while npm was at work. */
let endedBy;

listenForTheEnd();
main();

async function main() {
  const missing = whatIsMissing();
  if (missing !== undefined) await install(missing);
  if (endedBy !== undefined) process.exit(128 + constants.signals[endedBy]);
  const [script, ...rest] = process.argv.slice(2);
  process.exitCode = await run(NODE, ['--disable-warning=ExperimentalWarning', join(ROOT, script), ...rest], {
    env: { ...process.env, PATH: [join(ROOT, 'node_modules', '.bin'), process.env.PATH].join(delimiter) },
  });
}

/** Passes signals on, and takes the end of npm and of the shell between us for one. */
function listenForTheEnd() {
  const end = (signal) => {
    endedBy ??= signal;
    child?.kill(signal);
  };
  // A terminal's Ctrl-C reaches the child by itself, a `kill -INT` of this process doesn't.
  process.on('SIGINT', () => {
    endedBy ??= 'SIGINT';
    setTimeout(end, 200, 'SIGINT').unref();
  });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => end(signal));
  // They may be killed without passing anything on. Started without npm there is nobody to watch.
  if (process.env.npm_lifecycle_event === undefined) return;
  const started = ancestors();
  setInterval(() => {
    if (ancestors() !== started) end('SIGTERM');
  }, 500).unref();
}

/** The pids of the parent and, where the system tells, of its parent: a shell and npm. */
function ancestors() {
  try {
    const [, grandparent] = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${process.ppid}/status`, 'utf8'));
    return `${process.ppid} ${grandparent}`;
  } catch {
    return `${process.ppid}`;
  }
}

/** Why node_modules doesn't do, or undefined when it is what the lock file says. */
function whatIsMissing() {
  const locked = packagesOf(join(ROOT, 'package-lock.json'));
  const installed = packagesOf(join(ROOT, 'node_modules', '.package-lock.json'));
  if (installed === undefined) return 'node_modules is not there';
  for (const [path, { version, optional, devOptional }] of Object.entries(locked ?? {})) {
    const found = installed[path];
    // An optional package may be left out: for another platform, or because it can't be had here.
    const leftOut = found === undefined && (optional || devOptional || path === '');
    if (!leftOut && found?.version !== version) return `${path} is not ${version}`;
  }
  return existsSync(NODE) ? undefined : 'Node.js 22 is not there';
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

async function install(reason) {
  console.log(`Installing packages, since ${reason} ...`);
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL_CUDA: 'skip', ONNXRUNTIME_NODE_INSTALL: 'skip' };
  // The npm that runs us, where one does; another may come first in PATH.
  const runningNpm = process.env.npm_execpath ?? '';
  const [command, first] = /npm-cli\.js$/.test(runningNpm) ? [process.execPath, [runningNpm]] : ['npm', []];
  // Errors only: packages for Node.js 22 warn of an older one here, which runs nothing but this script.
  const code = await run(command, [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: ROOT,
    env,
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (endedBy === undefined && (code !== 0 || !existsSync(NODE))) {
    console.error('npm ci failed; see above. Check the network and run the same command again.');
    process.exit(code || 1);
  }
}

/** Runs a command to its end, as the one that gets our signals. Resolves with its exit code. */
function run(command, args, options) {
  child = spawn(command, args, { stdio: 'inherit', ...options });
  return new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(`${command} can't be started: ${error.message}`);
      resolve(1);
    });
    child.once('exit', (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}
