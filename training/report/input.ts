/**
 * @module training/report/input
 * All that the report and the model card are made from.
 */
import type { Metrics, Precision } from '../../core/manifest.ts';
import type { Picture } from '../data/data-set.ts';
import type { Details } from '../evaluate/details.ts';
import type { Scored } from '../evaluate/ranks.ts';
import type { ManifestFacts } from '../version/write-version.ts';
import type { History } from './history.ts';

export const OUT_OF_FOLD = 'out of fold';
export const ON_VALIDATION = 'on the validation part';

export interface ReportInput {
  facts: ManifestFacts;
  createdAt: Date;
  /** The folder of the photographs. */
  root: string;
  /** What reading the photographs had to say: spellings that were merged, breeds left out. */
  notes: readonly string[];
  /** The pictures held back, in the order of `scored`. */
  evaluation: readonly Picture[];
  scored: Record<Precision, Scored>;
  details: Record<Precision, Details>;
  /** Of photographs that the scores were fitted on, by a head or a network that hadn't seen them. */
  unseen: Record<Precision, Metrics>;
  /** Where these figures were got: on a part that validates, or on all training photographs, in folds. */
  unseenName: typeof OUT_OF_FOLD | typeof ON_VALIDATION;
  /** Share of the pictures held back to which float32 and int8 say the same breed. */
  agreement: number;
  /** One for each phase of the training, in their order. */
  histories: readonly History[];
  /** Paths of photographs that are nearly the same, by group; undefined where nobody looked for them. */
  nearDuplicates?: readonly (readonly string[])[];
  /** Engine, seconds by phase, memory. */
  circumstances: Readonly<Record<string, unknown>>;
  /** Whether example pictures are put in. */
  showPictures: boolean;
}

/**
 * The precision by which examples are chosen: the one that serves, unless the register function finds it slower or
 * further off on its machine.
 */
export const SHOWN: Precision = 'int8';
