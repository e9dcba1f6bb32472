/**
 * @module core/manifest
 * The manifest of a model version: one zod schema, from which the type and the published JSON Schema come.
 * Training writes a `trained` manifest, convert a `servable` one; they differ in `files`, `servable` and
 * `conversion` only.
 */
import { z } from 'zod';
import { InvalidModelError } from './errors.ts';
import { breakSeal, seal, sealSchema } from './manifest-seal.ts';
import { versionSchema } from './version.ts';

/** The manifest schemas that this code reads. */
export const SCHEMA_VERSIONS: readonly number[] = [1];

export const PRECISIONS = ['float32', 'int8'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** Names of the files of a version, the same in a trained and in a servable folder. */
export const FILE = {
  manifest: 'manifest.json',
  layersModel: 'model.json',
  weights: 'weights.bin',
  golden: 'golden.bin',
  classMeans: 'class-means.bin',
  calibration: 'calibration.json',
  evaluation: 'evaluation.json',
  metrics: 'metrics.json',
  report: 'report.html',
  modelCard: 'model-card.md',
  float32: 'model.onnx',
  int8: 'model.int8.onnx',
} as const;

/** The file that serves at a precision. */
export const SERVABLE_FILE = { float32: FILE.float32, int8: FILE.int8 } as const satisfies Record<
  Precision,
  string
>;

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex');
const share = z.number().min(0).max(1);
const count = z.int().min(0);

/**
 * A path inside a version's folder: segments of letters, digits, `.`, `_`, `-`; none begins with a dot.
 * So `..`, absolute paths, backslashes, URLs and control characters can't get in.
 */
export const filePathSchema = z
  .string()
  .max(200)
  .regex(
    /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*){0,3}$/,
    'must be a plain relative path',
  );

const fileSchema = z.strictObject({
  path: filePathSchema,
  bytes: z.int().min(0).max(2_000_000_000),
  sha256: sha256Schema,
});
export type ManifestFile = z.infer<typeof fileSchema>;

const labelSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(100)
    .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._'()-]*$/u),
  species: z.enum(['cat', 'dog', 'other']),
});
export type Label = z.infer<typeof labelSchema>;

const perChannel = z.tuple([z.number(), z.number(), z.number()]);

const inputSchema = z.strictObject({
  width: z.int().min(8).max(1024),
  height: z.int().min(8).max(1024),
  resize: z.strictObject({
    fit: z.literal('cover').describe('upright, then scaled and cropped about the centre'),
    kernel: z.literal('lanczos3'),
    background: perChannel.describe('what shows through transparent pixels, RGB 0 to 255'),
  }),
  scaling: z
    .strictObject({ mean: perChannel, std: perChannel })
    .describe('the network sees (pixel - mean) / std for each of R, G, B, pixel from 0 to 255'),
});
export type ModelInput = z.infer<typeof inputSchema>;

const metricsSchema = z.strictObject({
  n: count,
  top1: share,
  top3: share,
  meanPerClassRecall: share,
  byClass: z.array(z.strictObject({ label: z.string(), n: count, top1: share, top3: share })),
  bySpecies: z.array(z.strictObject({ species: z.string(), n: count, accuracy: share })),
  eceBefore: share.describe('expected calibration error at temperature 1, 15 bins'),
  eceAfter: share.describe('the same at the fitted temperature'),
  confusionPairs: z.array(z.strictObject({ truth: z.string(), predicted: z.string(), count })),
});
export type Metrics = z.infer<typeof metricsSchema>;

const perPrecision = <T extends z.ZodType>(schema: T) => z.strictObject({ float32: schema, int8: schema });

export const manifestSchema = z.strictObject({
  schemaVersion: z.literal(1),
  stage: z.enum(['trained', 'servable']),
  version: versionSchema,
  createdAt: z.iso.datetime(),
  labels: z.array(labelSchema).min(2).max(2000).describe("in the order of the network's output"),
  input: inputSchema,
  base: z.strictObject({
    name: z.string().min(1).max(200),
    contentHash: sha256Schema
      .nullable()
      .describe('over the files of the base, null for a network from scratch'),
  }),
  config: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  data: z.strictObject({
    source: z.string(),
    contentHash: sha256Schema,
    counts: z.array(z.strictObject({ label: z.string(), training: count, evaluation: count })),
    split: z.strictObject({ rule: z.string(), seed: z.int(), evaluationShare: share }),
    skipped: z.array(z.strictObject({ path: z.string(), reason: z.string() })),
  }),
  metrics: perPrecision(metricsSchema),
  temperature: perPrecision(z.number().positive()),
  unknown: z.strictObject({
    score: z.literal('largest cosine to the class means'),
    threshold: perPrecision(z.number().min(-1).max(1)),
    ambiguousBelow: share.describe('a largest score under this one can decide nothing'),
  }),
  files: z.array(fileSchema).min(1).max(100),
  golden: z.strictObject({ n: z.int().min(1).max(64), height: count, width: count, classes: count }),
  classMeans: z.strictObject({ classes: count, features: z.int().min(1) }),
  calibration: z.strictObject({
    photographs: count,
    method: z.enum(['minmax', 'percentile']).describe('how the range of a layer was found'),
    percentile: z
      .number()
      .min(50)
      .max(100)
      .optional()
      .describe(
        'of all values that lie within the range, half of the rest on each side; for this method only',
      ),
  }),
  servable: z
    .strictObject({ [FILE.float32]: sha256Schema, [FILE.int8]: sha256Schema })
    .describe("SHA-256 of training's own conversion, by which the figures were measured"),
  conversion: z
    .strictObject({
      trainedManifest: sha256Schema.describe('of the trained manifest that was converted'),
      float32: z.strictObject({
        identical: z.boolean().describe("the bytes equal training's own conversion"),
        largestDifference: z.number().describe('of a probability on the golden inputs'),
      }),
      int8: z.strictObject({ identical: z.boolean(), largestDifference: z.number() }),
    })
    .nullable()
    .describe('null in a trained manifest'),
  code: z.strictObject({ package: z.string(), version: z.string(), commit: z.string().nullable() }),
});
export type Manifest = z.infer<typeof manifestSchema>;

/**
 * Parses and checks a manifest. Throws {@link InvalidModelError} that names every field that is wrong, or
 * the schema versions understood when it is of another one.
 */
export function parseManifest(content: Uint8Array | string): Manifest {
  const text = typeof content === 'string' ? content : Buffer.from(content).toString('utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new InvalidModelError(`${FILE.manifest} is not valid JSON.`, { cause: error });
  }
  const schemaVersion = (json as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (typeof schemaVersion !== 'number' || !SCHEMA_VERSIONS.includes(schemaVersion)) {
    throw new InvalidModelError(
      `${FILE.manifest} has schemaVersion ${JSON.stringify(schemaVersion) ?? 'none'}; this code understands ${SCHEMA_VERSIONS.join(', ')}. Deploy a newer Pawprint or train again.`,
    );
  }
  const parsed = manifestSchema.safeParse(breakSeal(json as object, FILE.manifest));
  if (!parsed.success) {
    const whose = filesAtFault(parsed.error, json);
    throw new InvalidModelError(
      `${FILE.manifest} breaks the schema${whose}:\n${z.prettifyError(parsed.error)}`,
    );
  }
  checkConsistency(parsed.data);
  return parsed.data;
}

/** Names the files whose entries break the schema, where a number in a list would say little. */
function filesAtFault({ issues }: z.ZodError, json: unknown): string {
  const files = (json as { files?: { path?: unknown }[] }).files;
  const indices = issues.flatMap(({ path: [field, index] }) =>
    field === 'files' && typeof index === 'number' ? [index] : [],
  );
  const names = [...new Set(indices)].slice(0, 5).map((index) => {
    const name = JSON.stringify(files?.[index]?.path ?? null);
    return name.length > 120 ? `${name.slice(0, 120)}…` : name;
  });
  return names.length === 0 ? '' : ` at ${names.join(', ')}`;
}

/** What the schema can't say: counts that must agree, files that must be listed, names that must differ. */
function checkConsistency(manifest: Manifest): void {
  const classes = manifest.labels.length;
  const faults: string[] = [];
  const names = new Set(manifest.labels.map((label) => label.name));
  if (names.size !== classes) faults.push('labels: two have the same name');
  if (manifest.golden.classes !== classes)
    faults.push(`golden.classes is not ${classes}, the number of labels`);
  if (manifest.classMeans.classes !== classes) faults.push(`classMeans.classes is not ${classes}`);
  if (manifest.golden.height !== manifest.input.height || manifest.golden.width !== manifest.input.width) {
    faults.push('golden: height and width differ from those of input');
  }
  const paths = manifest.files.map((file) => file.path);
  if (new Set(paths).size !== paths.length) faults.push('files: a path is listed twice');
  for (const required of requiredFiles(manifest.stage)) {
    if (!paths.includes(required)) faults.push(`files: ${required} is missing`);
  }
  if (manifest.stage === 'servable' && manifest.conversion === null) faults.push('conversion is null');
  const { method, percentile } = manifest.calibration;
  if ((method === 'percentile') !== (percentile !== undefined))
    faults.push('calibration: percentile belongs to the method percentile, and it needs one');
  if (faults.length > 0)
    throw new InvalidModelError(`${FILE.manifest} contradicts itself:\n${faults.join('\n')}`);
}

/** The files that a folder of this stage can't do without. */
export function requiredFiles(stage: Manifest['stage']): string[] {
  const both = [FILE.golden, FILE.classMeans, FILE.evaluation];
  return stage === 'trained'
    ? [...both, FILE.layersModel, FILE.calibration, FILE.metrics]
    : [...both, FILE.float32, FILE.int8];
}

/** `manifest.json` as it is stored: indented JSON with a final newline, sealed by its own SHA-256. */
export function formatManifest(manifest: Manifest): string {
  return `${JSON.stringify(seal(manifest), null, 2)}\n`;
}

/** The published JSON Schema of the manifest (draft 2020-12). */
export function manifestJsonSchema(): object {
  return { title: 'Pawprint model manifest', ...z.toJSONSchema(manifestSchema.extend(sealSchema)) };
}

/** A label as people read it: `american_bulldog` is American Bulldog. */
export function displayName(label: string): string {
  return label.replace(/[_\s]+/g, ' ').replace(/(^|[\s-])\p{Ll}/gu, (start) => start.toUpperCase());
}
