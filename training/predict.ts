/**
 * @module training/predict
 * Says which breeds photographs most likely show, by the very code that serves.
 *
 *     npm run predict -- photo.jpg ../more-photographs
 *     npm run predict -- photo.jpg --model trained/20261125T081500Z-1c9f00aa --top 5 --json
 *
 * Ends with 2 when a photograph could not be read; the others are answered all the same.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigurationError, DataError, messageOf, PawprintError } from '../core/errors.ts';
import { readPhotograph } from '../core/image/read.ts';
import { type Doubt, topK } from '../core/inference/scores.ts';
import type { ServableModel } from '../core/inference/servable-model.ts';
import { displayName } from '../core/manifest.ts';
import { PREDICT_USAGE, type PredictOptions, parsePredictOptions } from './models/command-line.ts';
import { findModel } from './models/find-model.ts';
import { findPhotographs } from './models/find-photographs.ts';
import { openModel } from './models/open-model.ts';
import { modelPlaces } from './models/places.ts';
import { runCommand } from './run-command.ts';
import { formatPercent } from './summary.ts';

const ROOT = join(import.meta.dirname, '..');

interface Prediction {
  breed: string;
  species: string;
  score: number;
}

interface Outcome {
  photo: string;
  predictions: Prediction[];
  confident: boolean;
  reason: Doubt;
}

const DOUBTS: Record<NonNullable<Doubt>, string> = {
  unknown: 'unknown: it looks like nothing that was trained',
  ambiguous: 'ambiguous: no breed stands out',
};

async function predict({ photographs, model: name, precision, top, json }: PredictOptions): Promise<void> {
  const paths = await findPhotographs(photographs);
  if (paths.length === 0) throw new DataError(`There is no picture in ${photographs.join(', ')}.`);
  const found = await findModel(name, modelPlaces(ROOT, process.env));
  const breeds = found.manifest.labels.length;
  if (top > breeds) throw new ConfigurationError(`--top is ${top}, and the model knows ${breeds} breeds.`);
  const { model, notes } = await openModel(found, { precision });
  try {
    for (const note of json ? [] : notes) console.log(note);
    for (const path of paths) {
      try {
        const outcome = await answer(model, path, top);
        console.log(json ? JSON.stringify(outcome) : format(outcome));
      } catch (error) {
        if (!isOfPicture(error)) throw error;
        process.exitCode = 2;
        const reason = messageOf(error);
        console.log(json ? JSON.stringify({ photo: path, error: reason }) : `${path}: ${reason}`);
      }
    }
  } finally {
    await model.retire();
  }
}

async function answer(model: ServableModel, photo: string, top: number): Promise<Outcome> {
  const { labels, input } = model.manifest;
  const { pixels } = await readPhotograph(await readFile(photo), { input });
  const { scores, reason } = await model.answer(pixels);
  const predictions = topK(scores, top).map((index) => {
    const { name, species } = labels[index]!;
    return { breed: name, species, score: scores[index]! };
  });
  return { photo, predictions, confident: reason === null, reason };
}

function format({ photo, predictions, reason }: Outcome): string {
  const breeds = predictions.map(({ breed, score }) => `${displayName(breed)} ${formatPercent(score)}`);
  return `${photo}: ${breeds.join(', ')} (${reason === null ? 'confident' : DOUBTS[reason]})`;
}

/** A picture that is refused, or a file that can't be opened; anything else is a fault of ours. */
function isOfPicture(error: unknown): boolean {
  return (
    error instanceof PawprintError || typeof (error as { syscall?: unknown } | null)?.syscall === 'string'
  );
}

await runCommand((words) =>
  words.includes('--help') ? console.log(PREDICT_USAGE) : predict(parsePredictOptions(words)),
);
