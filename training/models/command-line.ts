/**
 * @module training/models/command-line
 * The command lines of `npm run evaluate` and `npm run predict`.
 */
import { parseArgs } from 'node:util';
import { ConfigurationError } from '../../core/errors.ts';
import { PRECISIONS, type Precision } from '../../core/manifest.ts';

export const EVALUATE_USAGE = `Usage: npm run evaluate -- --data DATA [--model starter] [--key value ...]

  --data DATA            labelled photographs: a folder, an archive, or the https address of one, as for training
  --sha256 HEX           that the archive must have
  --model MODEL          starter, a folder with a manifest.json, or the name of a version (starter)
  --precision PRECISION  float32 or int8; without it what the version's own figures choose
  --held-back            only the pictures that the version held back when it was trained
  --limit N              at most N pictures of each breed
  --csv FILE             also writes the answer to each picture
  --json                 prints the figures as JSON, in the last line
`;

export const PREDICT_USAGE = `Usage: npm run predict -- PHOTO... [--model starter] [--key value ...]

  PHOTO...               photographs, or folders of them
  --model MODEL          starter, a folder with a manifest.json, or the name of a version (starter)
  --precision PRECISION  float32 or int8; without it what the version's own figures choose
  --top N                breeds to name (3)
  --json                 prints a line of JSON for each photograph and nothing else
`;

export interface EvaluateOptions {
  data: string;
  /** Of the archive; '' for any. */
  sha256: string;
  model: string;
  precision: Precision | null;
  heldBack: boolean;
  limit: number | null;
  csv: string | null;
  json: boolean;
}

export interface PredictOptions {
  photographs: string[];
  model: string;
  precision: Precision | null;
  top: number;
  json: boolean;
}

const SHARED = {
  model: { type: 'string', default: 'starter' },
  precision: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

/** Throws {@link ConfigurationError} that names what is wrong. */
export function parseEvaluateOptions(words: string[]): EvaluateOptions {
  const { values } = parse(EVALUATE_USAGE, () =>
    parseArgs({
      args: words,
      options: {
        ...SHARED,
        data: { type: 'string' },
        sha256: { type: 'string', default: '' },
        'held-back': { type: 'boolean', default: false },
        limit: { type: 'string' },
        csv: { type: 'string' },
      },
    }),
  );
  if (!values.data) {
    throw new ConfigurationError(
      '--data is missing: the folder of labelled photographs, one folder per breed.',
    );
  }
  return {
    data: values.data,
    sha256: values.sha256,
    model: values.model,
    precision: parsePrecision(values.precision),
    heldBack: values['held-back'],
    limit: values.limit === undefined ? null : parseCount('--limit', values.limit),
    csv: values.csv ?? null,
    json: values.json,
  };
}

/** Throws {@link ConfigurationError} that names what is wrong. */
export function parsePredictOptions(words: string[]): PredictOptions {
  const { values, positionals } = parse(PREDICT_USAGE, () =>
    parseArgs({
      args: words,
      allowPositionals: true,
      options: { ...SHARED, top: { type: 'string', default: '3' } },
    }),
  );
  if (positionals.length === 0) {
    throw new ConfigurationError(
      'No photograph is named: npm run predict -- PHOTO... takes files and folders.',
    );
  }
  return {
    photographs: positionals,
    model: values.model,
    precision: parsePrecision(values.precision),
    top: parseCount('--top', values.top),
    json: values.json,
  };
}

function parse<T>(usage: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const reason = (error as Error).message.split('. ')[0];
    throw new ConfigurationError(`${reason}.\n\n${usage}`, { cause: error });
  }
}

function parsePrecision(text: string | undefined): Precision | null {
  if (text === undefined) return null;
  const precision = PRECISIONS.find((known) => known === text);
  if (precision) return precision;
  throw new ConfigurationError(
    `--precision is ${JSON.stringify(text)}, expected one of ${PRECISIONS.join(', ')}.`,
  );
}

function parseCount(name: string, text: string): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count >= 1) return count;
  throw new ConfigurationError(`${name} is ${JSON.stringify(text)}, expected a whole number from 1.`);
}
