/**
 * @module training/cross-validate
 * How good a way of training is, over all photographs: each is answered by a network that never saw it.
 *
 *     npm run cross-validate -- --data ../photographs                        a head on the frozen base
 *     npm run cross-validate -- --data ../photographs --fine-tune            one training for each of --folds parts
 *     npm run cross-validate -- --data ../photographs --fine-tune --resume   takes the parts that are done
 *
 * It takes every setting of `npm run train`, makes no version, and writes the rank of the truth for each photograph
 * to cross-validation.json in --out.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { assess, formatFigures } from './cross-validation/figures.ts';
import { answerOutOfFold } from './cross-validation/out-of-fold.ts';
import { openParts } from './cross-validation/parts.ts';
import { prepareRun } from './phases/prepare.ts';
import { describeSettings, readSettings } from './read-settings.ts';
import { formatSeconds } from './reporter.ts';
import { runCommand } from './run-command.ts';
import type { Settings } from './settings.ts';
import { peakMegabytes } from './summary.ts';

const ROOT = join(import.meta.dirname, '..');
const SESSION_WORKER = join(import.meta.dirname, 'features', 'session-worker.ts');
const RESULT = 'cross-validation.json';

async function crossValidate(settings: Settings, unknown: string[]): Promise<void> {
  const prepared = await prepareRun(settings, { root: ROOT, sessionWorker: SESSION_WORKER, unknown });
  const { start, photographs, reporter, stopwatch } = prepared;
  const { pictures, classes } = photographs.data;
  const out = resolve(ROOT, settings.out);
  const parts = openParts(join(out, '.cross-validation'), { settings, base: start, pictures });
  reporter.line(
    `${pictures.length} photographs of ${classes.length} breeds in ${settings.folds} parts, each answered by a network that was trained on the others`,
  );
  const answers = await answerOutOfFold(prepared, { settings, parts });
  const figures = assess(answers, classes.length);
  await mkdir(out, { recursive: true });
  const path = join(out, RESULT);
  await writeFile(
    path,
    JSON.stringify({ settings: { ...settings, data: photographs.source }, figures, answers }),
  );
  await parts.clear();
  for (const line of formatFigures(figures)) reporter.line(line);
  reporter.line(`answers  ${path}`);
  reporter.line(`time     ${formatSeconds(stopwatch.total())}, peak memory ${peakMegabytes()} MB`);
}

await runCommand(async (words) => {
  if (words.includes('--help')) return console.log(describeSettings('cross-validate'));
  const { settings, unknown } = readSettings(words, process.env);
  return crossValidate(settings, unknown);
});
