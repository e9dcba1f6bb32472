/**
 * @module functions/http/batch
 * Several photographs in one request, each with a result of its own.
 *
 * A batch has one place in the queue and one slot, and works through its photographs one after the other; between two
 * of them it lets those go first who wait. So it takes no more of an instance than a client that sends its photographs
 * one by one, and a single photograph never waits for sixteen.
 */
import {
  BadRequestError,
  DeadlineError,
  TooLargeError,
  UnreadableImageError,
  UnsupportedFormatError,
} from '../../core/errors.ts';
import type { ServableModel } from '../../core/inference/servable-model.ts';
import type { ClassifyBatchAnswer } from '../contract/classify.ts';
import type { Turn } from '../slots.ts';
import { type AnswerOptions, answerPhotograph, breedsAsked } from './answer.ts';
import type { SentPhotograph } from './photograph.ts';
import { describeProblem } from './problem.ts';

type Result = ClassifyBatchAnswer['results'][number];

export interface BatchOptions extends Pick<AnswerOptions, 'role' | 'asked' | 'startedAt'> {
  /** Of the whole request. */
  deadlineSeconds: number;
  turn: Turn;
}

/** Faults of one photograph, which the others have nothing to do with. */
const PICTURE_FAULTS = [
  BadRequestError,
  TooLargeError,
  UnsupportedFormatError,
  UnreadableImageError,
  DeadlineError,
];

/**
 * Part of the deadline that one photograph may be decoded for, and again that the model may take for it. No photograph is begun in the last such part, so that
 * one that takes for ever doesn't cost the others their answers: they go out in time.
 */
const PART = 0.25;

/**
 * Answers for each photograph, in their order, by one model. Throws what is no fault of a photograph: BadRequestError
 * where the model can't give what is asked for, and faults of the model.
 */
export async function answerBatch(
  model: ServableModel,
  photographs: readonly SentPhotograph[],
  { deadlineSeconds, turn, ...options }: BatchOptions,
): Promise<Result[]> {
  breedsAsked(model.manifest, options.asked);
  const lastStart = options.startedAt + (1 - PART) * deadlineSeconds * 1000;
  const results: Result[] = [];
  for (const photograph of photographs) {
    if (results.length > 0) await turn.letOthers();
    const { filename } = photograph;
    const startedAt = performance.now();
    try {
      if (startedAt > lastStart) throw noTimeLeft();
      const part = PART * deadlineSeconds;
      const limits = { timeoutSeconds: part, runSeconds: part, turn, startedAt };
      const answer = await answerPhotograph(model, photograph, { ...options, ...limits });
      results.push({ filename, ...answer });
    } catch (error) {
      if (!PICTURE_FAULTS.some((fault) => error instanceof fault)) throw error;
      results.push({ filename, problem: describeProblem(error) });
    }
  }
  return results;
}

function noTimeLeft(): DeadlineError {
  return new DeadlineError(
    "The request's time was over before it was this photograph's turn. Send it again, with fewer others.",
  );
}
