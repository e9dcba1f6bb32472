/**
 * @module core/evaluation
 * `evaluation.json`: what a version said of each picture that training held back. Two versions are compared on
 * the pictures that both held back.
 */
import { z } from 'zod';
import { InvalidModelError } from './errors.ts';
import { FILE, type Label, PRECISIONS, type Precision } from './manifest.ts';

const eachPrecision = <T extends z.ZodType>(schema: T) => z.strictObject({ float32: schema, int8: schema });

const pictureSchema = z.strictObject({
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex'),
  label: z.string().min(1).max(100).describe('the truth'),
  rank: eachPrecision(z.int().min(1)).describe('of the truth among the scores, 1 for right'),
  predicted: eachPrecision(z.string().min(1).max(100)),
});
export type EvaluatedPicture = z.infer<typeof pictureSchema>;

export const evaluationSchema = z.strictObject({ pictures: z.array(pictureSchema) });
export type Evaluation = z.infer<typeof evaluationSchema>;

/** Some 130,000 pictures. Read and checked it takes several times that in memory. */
const MOST_BYTES = 32 * 1024 * 1024;

/**
 * Reads `evaluation.json` of a version with `labels`. Throws {@link InvalidModelError} that names the first picture
 * that breaks the schema, has a label that the version doesn't know, or a rank that its prediction contradicts.
 */
export function parseEvaluation(
  content: Uint8Array | string,
  { labels }: { labels: readonly Label[] },
): Evaluation {
  if (content.length > MOST_BYTES) {
    throw new InvalidModelError(
      `${FILE.evaluation} has ${content.length} bytes; at most ${MOST_BYTES} are read.`,
    );
  }
  const text = typeof content === 'string' ? content : Buffer.from(content).toString('utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new InvalidModelError(`${FILE.evaluation} is not valid JSON.`, { cause: error });
  }
  const parsed = evaluationSchema.safeParse(json);
  if (!parsed.success) {
    // The first is enough: the others are of thousands of pictures.
    const { path, message } = parsed.error.issues[0]!;
    throw new InvalidModelError(
      `${FILE.evaluation} breaks the schema at ${path.join('.') || 'its top'}: ${message}`,
    );
  }
  const names = new Set(labels.map(({ name }) => name));
  for (const [i, picture] of parsed.data.pictures.entries())
    checkPicture(picture, { place: `pictures.${i}`, names });
  return parsed.data;
}

function checkPicture(
  { label, rank, predicted }: EvaluatedPicture,
  { place, names }: { place: string; names: ReadonlySet<string> },
): void {
  const fault = (what: string) => new InvalidModelError(`${FILE.evaluation}, ${place}: ${what}`);
  for (const name of [label, ...PRECISIONS.map((precision) => predicted[precision])]) {
    if (!names.has(name)) throw fault(`${JSON.stringify(name)} is none of the labels in ${FILE.manifest}`);
  }
  for (const precision of PRECISIONS) {
    const isRight = predicted[precision] === label;
    if (rank[precision] > names.size)
      throw fault(`rank ${rank[precision]} of ${names.size} labels (${precision})`);
    if (isRight !== (rank[precision] === 1)) {
      throw fault(
        `rank ${rank[precision]} where ${predicted[precision]} was said of ${label} (${precision})`,
      );
    }
  }
}

/** `evaluation.json` as it is stored: indented JSON with a final newline. */
export function formatEvaluation(evaluation: Evaluation): string {
  return `${JSON.stringify(evaluation, null, 1)}\n`;
}

/** How many pictures have their truth among the best `k` answers of a precision. */
export function countWithin(
  pictures: readonly EvaluatedPicture[],
  { k, precision }: { k: number; precision: Precision },
): number {
  return pictures.filter(({ rank }) => rank[precision] <= k).length;
}

/** The pictures by their label. A label without pictures isn't among them. */
export function picturesByLabel({ pictures }: Evaluation): ReadonlyMap<string, readonly EvaluatedPicture[]> {
  return Map.groupBy(pictures, ({ label }) => label);
}
