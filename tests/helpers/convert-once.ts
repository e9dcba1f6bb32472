/**
 * @module tests/helpers/convert-once
 * Converts a version as the function does, in a process of its own, and prints as JSON the outcome and the
 * largest resident memory in MB that the process ever had.
 *
 *     MODEL_STORAGE=… node convert-once.ts VERSION
 */
import { runStep } from '../../core/lifecycle/run-step.ts';
import { convertStep } from '../../core/lifecycle/steps.ts';
import { openStorage } from '../../core/storage/storage.ts';
import { peakMegabytes } from '../../training/summary.ts';

const storage = openStorage({ MODEL_STORAGE: process.env.MODEL_STORAGE! });
const before = peakMegabytes();
const outcome = await runStep(storage, convertStep(storage, process.argv[2]!)).catch((error) =>
  String(error),
);
console.log(JSON.stringify({ outcome, before, megabytes: peakMegabytes() }));
