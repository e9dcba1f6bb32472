/**
 * The way into every script: sets up what is missing, then runs the script with the Node.js that Azure runs.
 *
 *     node scripts/bootstrap.cjs scripts/start.ts [arguments]
 *
 * Plain JavaScript for Node.js 20: it runs before anything is installed.
 */
'use strict';
const { spawn, spawnSync } = require('node:child_process');
const { existsSync, readFileSync } = require('node:fs');
const { constants } = require('node:os');
const { join } = require('node:path');

const ROOT = join(__dirname, '..');
const NODE = join(ROOT, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

const missing = whatIsMissing();
if (missing !== undefined) install(missing);
runScript(process.argv.slice(2));

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

function install(reason) {
  console.log(`Installing packages, since ${reason} ...`);
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL_CUDA: 'skip', ONNXRUNTIME_NODE_INSTALL: 'skip' };
  // Errors only: packages for Node.js 22 warn of an older one here, which runs nothing but this script.
  // The npm that runs us, where one does; another may come first in PATH.
  const runningNpm = process.env.npm_execpath ?? '';
  const [command, first] = /npm-cli\.js$/.test(runningNpm) ? [process.execPath, [runningNpm]] : ['npm', []];
  const npm = spawnSync(command, [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (npm.status !== 0 || !existsSync(NODE)) {
    console.error('npm ci failed; see above. Check the network and run the same command again.');
    process.exit(npm.status || 1);
  }
}

/** Runs the script and ends as it ends; signals go on to it, so that it can stop what it started. */
function runScript([script, ...rest]) {
  const env = {
    ...process.env,
    PATH: `${join(ROOT, 'node_modules', '.bin')}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH}`,
  };
  const child = spawn(NODE, ['--disable-warning=ExperimentalWarning', join(ROOT, script), ...rest], {
    stdio: 'inherit',
    env,
  });
  // A terminal's Ctrl-C reaches the child by itself, a `kill -INT` of this process doesn't.
  process.on('SIGINT', () => setTimeout(() => child.kill('SIGINT'), 200).unref());
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // npm or a shell in between may be killed without passing anything on.
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || child.kill('SIGTERM'), 500).unref();
  child.on('error', (error) => {
    console.error(`${script} can't be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}
