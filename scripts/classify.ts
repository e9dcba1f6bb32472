/**
 * @module scripts/classify
 * Breeds of photographs and of whole folders, from a running service: as a table, a CSV or a page to look at.
 *
 *     npm run classify -- photo.jpg
 *     npm run classify -- ../photographs --csv breeds.csv --html breeds.html
 */
import { PawprintClient } from '../clients/typescript/index.ts';
import { BadRequestError, PawprintError } from '../core/errors.ts';
import { openReporter } from '../training/reporter.ts';
import { classifyAll } from './classify/classify-all.ts';
import { formatCsv } from './classify/csv.ts';
import { findPhotographs } from './classify/find-photographs.ts';
import { findService } from './classify/find-service.ts';
import { CLASSIFY_USAGE, type ClassifyCommandOptions, parseClassifyOptions } from './classify/options.ts';
import { openOutput } from './classify/output-file.ts';
import { formatPage } from './classify/page.ts';
import type { Row } from './classify/row.ts';
import { shrinkToSend } from './classify/small-picture.ts';
import { formatTextTable } from './classify/text-table.ts';
import { ROOT } from './paths.ts';

/** More patient than an app: nobody waits at a screen, and a folder is sent as fast as the service takes it. */
const PATIENCE = { attempts: 8, longestPauseMs: 60_000, attemptTimeoutMs: 120_000, timeoutMs: 600_000 };

const stopped = new AbortController();
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  // Once: what is there is still written, and a second Ctrl-C ends that too.
  process.once(signal, () => {
    process.exitCode = code;
    stopped.abort(new Error(signal));
  });
}

await main();

async function main(): Promise<void> {
  try {
    const options = parseClassifyOptions(process.argv.slice(2));
    if (options === 'help') return console.log(CLASSIFY_USAGE);
    const rows = await run(options);
    const isComplete = rows.every(({ result }) => 'answer' in result);
    process.exitCode ??= isComplete ? 0 : 1;
  } catch (error) {
    const isExpected = error instanceof PawprintError;
    console.error(isExpected ? error.message : error);
    process.exitCode = isExpected ? 2 : 1;
  }
}

async function run(options: ClassifyCommandOptions): Promise<Row[]> {
  const folder = process.env.INIT_CWD ?? ROOT;
  const { photographs, others } = findPhotographs(options.paths, { folder });
  if (photographs.length === 0) {
    throw new BadRequestError(`There is no photograph in ${options.paths.join(', ')}.`);
  }
  const service = await findService({ ...options, env: process.env, folder });
  const { csv, html } = options;
  const outputs = [
    ...(csv === undefined ? [] : [{ file: openOutput('--csv', csv, { folder }), format: formatCsv }]),
    ...(html === undefined ? [] : [{ file: openOutput('--html', html, { folder }), format: formatPage }]),
  ];
  // Standard output is for the table alone.
  const reporter = openReporter(process.stderr);
  try {
    const client = new PawprintClient({ ...service, ...PATIENCE, shrink: shrinkToSend });
    const progress = reporter.progress('Photographs', { passing: true });
    const rows = await classifyAll(photographs, {
      client,
      thumbnails: html !== undefined,
      signal: stopped.signal,
      onProgress: (done) => progress.onProgress(done, photographs.length),
    }).finally(progress.end);
    if (outputs.length === 0) console.log(formatTextTable(rows).join('\n'));
    for (const { file, format } of outputs) {
      file.write(format(rows));
      reporter.line(`Wrote ${file.path}`);
    }
    reporter.line(summaryOf(rows, others));
    return rows;
  } finally {
    for (const { file } of outputs) file.discard();
  }
}

function summaryOf(rows: readonly Row[], others: number): string {
  const failed = rows.filter(({ result }) => 'fault' in result).length;
  const unsure = rows.filter(({ result }) => 'answer' in result && !result.answer.confident).length;
  const photographs = rows.length === 1 ? '1 photograph' : `${rows.length} photographs`;
  const left = others === 0 ? '' : ` Left out: ${others} that are no photographs by their names.`;
  return `${photographs}: ${rows.length - failed} answered (${unsure} unsure), ${failed} failed.${left}`;
}
