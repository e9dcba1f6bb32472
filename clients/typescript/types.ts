/**
 * @module clients/typescript/types
 * What the service answers and takes, as plain types. A test holds them equal to the schemas that the service's
 * OpenAPI document is made of, so they may be copied into an app and trusted.
 */

/** `other` is for models that tell apart what is neither. */
export type Species = 'cat' | 'dog' | 'other';

export interface Breed {
  /** The label that the model was trained with: what feedback names. */
  breed: string;
  /** The same for people to read. */
  name: string;
  species: Species;
}

export interface Prediction extends Breed {
  /** Calibrated probability, from 0 to 1. */
  score: number;
}

/** What answered. */
export interface AnsweringModel {
  version: string;
  precision: 'float32' | 'int8';
}

/** There where `species` was asked for. */
export interface SpeciesFilter {
  species: 'cat' | 'dog';
  /** The probability that all breeds of the species had together, from 0 to 1. */
  share: number;
}

/** What is said of one photograph. */
export interface PictureAnswer {
  /** The likeliest breed first. */
  predictions: Prediction[];
  /** False when the answer should not be shown as one. */
  confident: boolean;
  /** `unknown`: probably none of the breeds. `ambiguous`: no breed stands out. */
  reason: 'unknown' | 'ambiguous' | null;
  filter?: SpeciesFilter | undefined;
  /** The picture that was sent, upright, in pixels. */
  image: { width: number; height: number; format: 'jpeg' | 'png' | 'webp' | 'avif' | 'gif' };
  /** Milliseconds. */
  timing: { decodeMs: number; inferenceMs: number; totalMs: number };
}

/** The answer for one photograph. */
export interface Classification extends PictureAnswer {
  requestId: string;
  model: AnsweringModel;
}

/** Why one photograph of several has no answer. */
export interface PictureProblem {
  /** A URN that never changes, as urn:pawprint:problem:too-large. */
  type: string;
  title: string;
  status: number;
  /** What was wrong and what to do next. */
  detail: string;
}

/** Why a request has no answer (RFC 9457). */
export interface Problem extends PictureProblem {
  requestId: string;
}

/** One photograph of several: its answer, or its problem. */
export type BatchResult =
  | ({ filename: string | null } & PictureAnswer)
  | { filename: string | null; problem: PictureProblem };

/** The answer for several photographs, in the order in which they were sent. */
export interface BatchClassification {
  requestId: string;
  model: AnsweringModel;
  results: BatchResult[];
  timing: { totalMs: number };
}

export interface Breeds {
  version: string;
  breeds: Breed[];
}

interface Candidate {
  version: string;
  state: 'loading' | 'ready' | 'failed';
}

export interface Readiness {
  /** `degraded`: it answers, but not everything that it should serve can be loaded. */
  status: 'ready' | 'degraded';
  version: string;
  precision: 'float32' | 'int8';
  canary: Candidate | null;
  shadow: Candidate | null;
}

/** What an answer should have been. */
export interface Feedback {
  /** Of the answer that this is about. */
  requestId: string;
  /** `breed` of one of the breeds, "other" or "not a pet". */
  label: string;
  /** `model.version` of the answer. */
  version?: string | undefined;
}

export interface FeedbackReceipt {
  /** Whoever has it can delete the feedback again. */
  id: string;
  pictureKept: boolean;
}

/** Photographs that one request may have. */
export const MOST_PICTURES = 16;
