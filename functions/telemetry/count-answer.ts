/**
 * @module functions/telemetry/count-answer
 * Counts what a model said of a photograph: for the registry, which drift is read from, and for the figures of this
 * instance.
 */
import type { InvocationContext } from '@azure/functions';
import type { Role } from '../../core/inference/models.ts';
import { seenAnswer } from '../../core/inference/score-histogram.ts';
import type { Answer, ServableModel } from '../../core/inference/servable-model.ts';
import type { ClassifyBatchAnswer } from '../contract/classify.ts';
import { services } from '../services.ts';
import { routeOf } from './observe.ts';
import { meters } from './telemetry.ts';

export interface Answered {
  model: ServableModel;
  role: Role;
  answer: Answer;
  /** Of the picture. */
  format: string;
  decodeMs: number;
  inferenceMs: number;
}

/** Counts one answer. A model that was asked for by name is being tried: its photographs say nothing of the traffic. */
export function countAnswered({ model, role, answer, format, decodeMs, inferenceMs }: Answered): void {
  const { manifest, precision } = model;
  const seen = seenAnswer(answer, manifest);
  if (role !== 'named') services().scores.count(manifest.version, seen);
  meters()?.countAnswer({
    version: manifest.version,
    precision,
    format,
    decodeSeconds: decodeMs / 1000,
    inferenceSeconds: inferenceMs / 1000,
    seen,
  });
}

/** Counts the photographs of a batch that have a problem in the place of an answer. */
export function countProblems(invocation: InvocationContext, results: ClassifyBatchAnswer['results']): void {
  for (const result of results) {
    if (!('problem' in result)) continue;
    // urn:pawprint:problem:too-large
    const reason = result.problem.type.slice(result.problem.type.lastIndexOf(':') + 1);
    meters()?.countRejection({ route: routeOf(invocation), reason });
  }
}
