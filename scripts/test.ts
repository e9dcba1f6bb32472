/**
 * @module scripts/test
 * Builds the app, runs Jest, and ends with the failures and the counts.
 *
 *     npm test [-- Jest's arguments]
 *
 * With `TEST_ALONE_AGAIN=1`, as CI sets it, the files that failed run once more with nothing beside them: a test that
 * needs an answer in time can fail on a machine that is too busy. Those that pass then are named, and count as passed.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildApp } from './build.ts';
import { ROOT } from './paths.ts';
import { describeFailures, mergeAgain, readResults, summarize } from './test/results.ts';

await buildApp();
const folder = mkdtempSync(join(tmpdir(), 'pawprint-test-'));
try {
  const args = process.argv.slice(2);
  let results = await runJest(args, 'results.json');
  if (results.failedFiles.length > 0 && process.env.TEST_ALONE_AGAIN === '1' && !isStopped()) {
    for (const line of describeFailures(results)) console.log(line);
    console.log(`Once more, alone: ${results.failedFiles.length} test files that failed ...`);
    const again = await runJest(['--runInBand', '--runTestsByPath', ...results.failedFiles], 'again.json');
    results = mergeAgain(results, again);
  }
  for (const line of [...describeFailures(results), ...summarize(results)]) console.log(line);
  process.exitCode ||= results.success ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.log('0 passed, 1 failed');
  process.exitCode ||= 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Runs Jest in this Node.js; its JSON goes to the file only. Throws where Jest left no results. */
async function runJest(args: string[], file: string) {
  const path = join(folder, file);
  const jest = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'),
      '--json',
      `--outputFile=${path}`,
      ...args,
    ],
    { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      process.exitCode = signal === 'SIGINT' ? 130 : 143;
      jest.kill(signal);
    });
  }
  await new Promise((resolve) => jest.on('exit', resolve));
  return readResults(path);
}

function isStopped(): boolean {
  return process.exitCode === 130 || process.exitCode === 143;
}
