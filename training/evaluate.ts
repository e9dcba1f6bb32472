/**
 * @module training/evaluate
 * Measures any version on any labelled folder, by the very code that serves: the same resize, the ONNX file that
 * the convert function makes, the version's temperature and thresholds.
 *
 *     npm run evaluate -- --data ../photographs                        the starter's model
 *     npm run evaluate -- --data ../photographs --held-back            only what it wasn't trained on
 *     npm run evaluate -- --data ../photographs --model 20261125T081500Z-1c9f00aa --json
 */
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { DataError } from '../core/errors.ts';
import { FILE, type Label } from '../core/manifest.ts';
import type { DataSet } from './data/data-set.ts';
import { readNamed } from './data/read-named.ts';
import { cacheFolder } from './features/cache.ts';
import { openSessionPool } from './features/session-pool.ts';
import { askModel, type LabelledPicture } from './models/ask-model.ts';
import { EVALUATE_USAGE, type EvaluateOptions, parseEvaluateOptions } from './models/command-line.ts';
import { figuresOf } from './models/figures.ts';
import { findModel } from './models/find-model.ts';
import { formatCsv, formatFigures, formatLeftOut } from './models/format.ts';
import { heldBackHashes } from './models/held-back.ts';
import { type BreedMatch, matchBreeds } from './models/match-breeds.ts';
import { openModel } from './models/open-model.ts';
import { modelPlaces } from './models/places.ts';
import { openReporter, type Reporter } from './reporter.ts';
import { runCommand } from './run-command.ts';

const ROOT = join(import.meta.dirname, '..');
const SESSION_WORKER = join(import.meta.dirname, 'features', 'session-worker.ts');

async function evaluate(options: EvaluateOptions): Promise<void> {
  const reporter = openReporter();
  const threads = availableParallelism();
  const found = await findModel(options.model, modelPlaces(ROOT, process.env));
  const { model, notes } = await openModel(found, {
    precision: options.precision,
    openSession: (onnx) => openSessionPool(onnx, { threads, script: SESSION_WORKER }),
  });
  try {
    for (const note of notes) reporter.line(note);
    const { labels } = model.manifest;
    const { data, pictures, unknown } = await readLabelled(options, labels, reporter);
    const chosen = choosePictures(pictures, options, {
      heldBack: heldBackHashes(await found.read(FILE.evaluation)),
      reporter,
    });
    if (chosen.length === 0) throw nothingToMeasure(options, data);

    const answering = reporter.progress('answering');
    const { answers, unreadable } = await askModel(model, chosen, {
      root: data.root,
      // So many that every thread has a picture and the next ones are decoded meanwhile.
      concurrency: 3 * threads + 2,
      onProgress: answering.onProgress,
    }).finally(answering.end);
    const files = [...data.skipped, ...unreadable];
    for (const line of formatLeftOut(files, unknown)) reporter.line(line);
    const figures = figuresOf(answers, labels);
    for (const line of formatFigures(figures, model.manifest, model.precision)) reporter.line(line);
    if (options.csv !== null) await writeFile(options.csv, formatCsv(answers, labels));
    const skipped = files.length + (data.pictures.length - pictures.length);
    if (options.json) reporter.line(JSON.stringify({ ...figures, skipped }));
  } finally {
    await model.retire();
  }
}

/** The photographs of the breeds that the model knows, and which ones it doesn't. */
async function readLabelled(
  { data: named, sha256 }: EvaluateOptions,
  labels: readonly Label[],
  reporter: Reporter,
): Promise<{ data: DataSet; pictures: LabelledPicture[]; unknown: BreedMatch['unknown'] }> {
  const { data } = await readNamed(named, { cache: cacheFolder(process.env), sha256, reporter });
  for (const note of data.notes) reporter.line(`note: ${note}`);
  const { labelOf, unknown } = matchBreeds(data.classes, labels);
  const pictures = data.pictures.flatMap(({ path, sha256: hash, label }): LabelledPicture[] => {
    const index = labelOf[label];
    return index == null ? [] : [{ path, sha256: hash, label: index }];
  });
  return { data, pictures, unknown };
}

function choosePictures(
  pictures: readonly LabelledPicture[],
  { heldBack: only, limit }: EvaluateOptions,
  { heldBack, reporter }: { heldBack: ReadonlySet<string>; reporter: Reporter },
): LabelledPicture[] {
  const unseen = pictures.filter(({ sha256 }) => heldBack.has(sha256));
  const others = pictures.length - unseen.length;
  if (!only && unseen.length > 0 && others > 0) {
    reporter.line(
      `note: ${unseen.length} of these pictures were held back when the version was trained, and it may have been trained on the other ${others}. --held-back measures the former alone`,
    );
  }
  const asked = only ? unseen : pictures;
  return limit === null ? [...asked] : firstOfEach(asked, limit);
}

/** At most `limit` of each label, by the SHA-256 of the file: the same ones whatever the files are called. */
function firstOfEach(pictures: readonly LabelledPicture[], limit: number): LabelledPicture[] {
  const taken = new Map<number, number>();
  return [...pictures]
    .sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1))
    .filter(({ label }) => {
      const count = (taken.get(label) ?? 0) + 1;
      taken.set(label, count);
      return count <= limit;
    });
}

function nothingToMeasure({ heldBack, model }: EvaluateOptions, { root, classes }: DataSet): DataError {
  const reason = heldBack
    ? `none of its pictures was held back by ${model}`
    : `the model knows none of its ${classes.length} breeds by that name (${classes.slice(0, 5).join(', ')} …)`;
  return new DataError(`There is nothing to measure in ${root}: ${reason}.`);
}

await runCommand((words) =>
  words.includes('--help') ? console.log(EVALUATE_USAGE) : evaluate(parseEvaluateOptions(words)),
);
