/**
 * @module functions/http/answer
 * From a photograph to what the client is told of it.
 */
import { BadRequestError } from '../../core/errors.ts';
import { readPhotograph } from '../../core/image/read.ts';
import type { Role } from '../../core/inference/models.ts';
import { topK } from '../../core/inference/scores.ts';
import type { Answer, ServableModel } from '../../core/inference/servable-model.ts';
import { displayName, type Manifest } from '../../core/manifest.ts';
import { inSpan } from '../../core/telemetry/span.ts';
import type { PictureAnswer } from '../contract/classify.ts';
import { services } from '../services.ts';
import type { Turn } from '../slots.ts';
import { countAnswered } from '../telemetry/count-answer.ts';
import type { SentPhotograph } from './photograph.ts';
import { limitRun } from './run-limit.ts';
import { countBreeds, keepSpecies, type Species } from './species.ts';

const DEFAULT_TOP = 3;

/** What the request asks for, beside the photographs. */
export interface Asked {
  top: number | undefined;
  species: Species | undefined;
}

export interface AnswerOptions {
  role: Role;
  asked: Asked;
  /** Of decoding. */
  timeoutSeconds: number;
  /** Of the model's own part. */
  runSeconds: number;
  /** The slot that the work is done in. */
  turn: Pick<Turn, 'signal' | 'holdUntil'>;
  /** `performance.now()` from which the whole time of the answer is counted. */
  startedAt: number;
}

/** How many breeds the answer has. Throws BadRequestError when the model hasn't as many, or none of the species. */
export function breedsAsked(manifest: Manifest, { top, species }: Asked): number {
  const count = countBreeds(manifest, species);
  if (top === undefined) return Math.min(DEFAULT_TOP, count);
  if (top <= count) return top;
  const breeds = species === undefined ? 'breeds' : `${species} breeds`;
  throw new BadRequestError(`\`top\` must be a whole number from 1 to ${count}, the number of ${breeds}.`);
}

/**
 * Lets a model answer for one photograph; production's answers are offered to the shadow. Throws what
 * {@link SentPhotograph.content}, readPhotograph and {@link breedsAsked} throw.
 */
export async function answerPhotograph(
  model: ServableModel,
  photograph: SentPhotograph,
  { role, asked, timeoutSeconds, runSeconds, turn, startedAt }: AnswerOptions,
): Promise<PictureAnswer> {
  const { manifest } = model;
  const k = breedsAsked(manifest, asked);
  const start = performance.now();
  const bytes = photograph.content();
  const { pixels, info } = await inSpan('decode', {}, () =>
    readPhotograph(bytes, { input: manifest.input, timeoutSeconds }),
  );
  const decoded = performance.now();
  const { signal, clear } = limitRun(role, { signal: turn.signal, seconds: runSeconds });
  const about = { 'pawprint.model.version': manifest.version, 'pawprint.model.precision': model.precision };
  const answer = await inSpan('inference', about, () =>
    model.answer(pixels, { signal, onAbandoned: turn.holdUntil }).finally(clear),
  );
  const end = performance.now();
  if (role === 'production') {
    services().shadow.offer({ bytes, pixels, manifest, answer, milliseconds: end - decoded });
  }
  const took = { decodeMs: decoded - start, inferenceMs: end - decoded };
  countAnswered({ model, role, answer, format: info.format, ...took });
  return {
    ...describeAnswer(answer, manifest, { k, species: asked.species }),
    image: { width: info.width, height: info.height, format: info.format },
    timing: {
      decodeMs: rounded(decoded - start, 1),
      inferenceMs: rounded(end - decoded, 1),
      totalMs: rounded(end - startedAt, 1),
    },
  };
}

function describeAnswer(
  answer: Answer,
  manifest: Manifest,
  { k, species }: { k: number; species: Species | undefined },
): Pick<PictureAnswer, 'predictions' | 'confident' | 'reason' | 'filter'> {
  const filtered = species === undefined ? undefined : keepSpecies(answer, manifest, species);
  const { scores, reason } = filtered ?? answer;
  // Those of other species have 0, as one that underflowed may have: so the kept ones are ranked, not all.
  const kept = manifest.labels.map((label, index) => ({ label, score: scores[index]! }));
  const ranked = species === undefined ? kept : kept.filter(({ label }) => label.species === species);
  const best = topK(
    ranked.map(({ score }) => score),
    k,
  );
  const predictions = best.map((index) => {
    const { label, score } = ranked[index]!;
    const { name } = label;
    return { breed: name, name: displayName(name), species: label.species, score: rounded(score, 7) };
  });
  const answered = { predictions, confident: reason === null, reason };
  return filtered === undefined || species === undefined
    ? answered
    : { ...answered, filter: { species, share: rounded(Math.min(1, filtered.share), 7) } };
}

/** `value` with so many decimals. */
export function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
