/**
 * @module training/models/ask-model
 * The answers of a model to labelled photographs, each read and asked as one request is.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mapConcurrently } from '../../core/concurrency.ts';
import { messageOf, PawprintError } from '../../core/errors.ts';
import { readPhotograph } from '../../core/image/read.ts';
import type { Doubt } from '../../core/inference/scores.ts';
import type { ServableModel } from '../../core/inference/servable-model.ts';
import { bestOf, rankOf } from '../evaluate/ranks.ts';

export interface LabelledPicture {
  /** Relative to the root of the data set. */
  path: string;
  sha256: string;
  /** Index among the model's labels. */
  label: number;
}

export interface PictureAnswer extends LabelledPicture {
  predicted: number;
  /** Of the true label, 1 for the best. */
  rank: number;
  /** Calibrated, of the predicted label. */
  score: number;
  reason: Doubt;
}

export interface Unreadable {
  path: string;
  reason: string;
}

export interface AskOptions {
  root: string;
  /** Photographs in work at once: while one is decoded, another is inferred. */
  concurrency?: number;
  onProgress?: (done: number, total: number) => void;
}

/** Answers in the order of the pictures. A picture that can't be read is listed with the reason that its sender would get. */
export async function askModel(
  model: ServableModel,
  pictures: readonly LabelledPicture[],
  { root, concurrency = 4, onProgress }: AskOptions,
): Promise<{ answers: PictureAnswer[]; unreadable: Unreadable[] }> {
  const { input } = model.manifest;
  const answers: PictureAnswer[] = [];
  const unreadable: Unreadable[] = [];
  let done = 0;
  const outcomes = await mapConcurrently(pictures, concurrency, async (picture) => {
    try {
      const { pixels } = await readPhotograph(await readFile(join(root, picture.path)), { input });
      const { scores, reason } = await model.answer(pixels);
      const predicted = bestOf(scores);
      return {
        ...picture,
        predicted,
        rank: rankOf(scores, picture.label),
        score: scores[predicted]!,
        reason,
      };
    } catch (error) {
      // Only what is wrong with the picture: a fault of the model ends the command.
      if (!(error instanceof PawprintError)) throw error;
      return { path: picture.path, fault: messageOf(error) };
    } finally {
      onProgress?.(++done, pictures.length);
    }
  });
  for (const outcome of outcomes) {
    if ('fault' in outcome) unreadable.push({ path: outcome.path, reason: outcome.fault });
    else answers.push(outcome);
  }
  return { answers, unreadable };
}
