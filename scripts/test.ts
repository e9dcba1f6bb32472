/**
 * @module scripts/test
 * Builds the app, runs Jest, and ends with the counts.
 *
 *     npm test [-- Jest's arguments]
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildApp } from './build.ts';
import { ROOT } from './paths.ts';

await buildApp();
const folder = mkdtempSync(join(tmpdir(), 'pawprint-test-'));
const results = join(folder, 'results.json');
const code = await runJest(['--json', `--outputFile=${results}`, ...process.argv.slice(2)]);
process.exitCode = code;
try {
  const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } = JSON.parse(
    readFileSync(results, 'utf8'),
  );
  if (numPendingTests > 0) console.log(`${numPendingTests} skipped: see above for what they need`);
  // A file that can't even be loaded has failed, although none of its tests ran.
  console.log(`${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed`);
} catch {
  console.log('0 passed, 1 failed');
  process.exitCode = code || 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Runs Jest in this Node.js; its JSON goes to the file only. Returns its exit code. */
function runJest(args: string[]): Promise<number> {
  const jest = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'), ...args],
    { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => jest.kill(signal));
  return new Promise((resolve) => jest.on('exit', (exitCode) => resolve(exitCode ?? 1)));
}
