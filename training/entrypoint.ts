/**
 * @module training/entrypoint
 * What the training container runs: one training as a job, with all settings from the environment.
 *
 *     TRAIN_DATA=datasets/pets/ MODEL_STORAGE__blobServiceUri=https://… node training/entrypoint.ts
 *     TRAIN_DATA=../photographs TRAIN_PUSH=false TRAIN_FEEDBACK=off node training/entrypoint.ts
 *
 * Its last line is one of JSON that says how it went, its exit code says so in short: docs/training-container.md.
 */
import { join } from 'node:path';
import { runJob } from './container/job.ts';
import type { Outcome } from './container/outcome.ts';

const ended = new AbortController();
const SIGNALS: readonly [NodeJS.Signals, Outcome][] = [
  ['SIGTERM', 'stopped'],
  ['SIGINT', 'interrupted'],
];
for (const [signal, outcome] of SIGNALS) process.on(signal, () => ended.abort(outcome));

const root = join(import.meta.dirname, '..');
const summary = await runJob({ env: process.env, root, signal: ended.signal });
console.log(JSON.stringify(summary));
// A step that was left where it was would hold the process.
process.exit(summary.exitCode);
