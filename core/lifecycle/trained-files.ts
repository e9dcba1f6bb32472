/**
 * @module core/lifecycle/trained-files
 * The files of a trained version as a conversion takes them: sizes checked before anything is read, every one
 * proven by its SHA-256 while it streams, in memory only what the converter works on.
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidModelError } from '../errors.ts';
import { FILE, type Manifest, type ManifestFile } from '../manifest.ts';
import type { Storage } from '../storage/storage.ts';

/** Files that the servable version takes over as they are: register and classify never read `trained`. */
export const COPIED: readonly string[] = [FILE.golden, FILE.classMeans, FILE.evaluation];

const MB = 1_000_000;

/** Of `model.json` and `calibration.json`, which are parsed whole: a thousand layers make less than 1 MB. */
const LARGEST_JSON = 16 * MB;
/** Of each file that is taken over. A function has 800 MB of temporary disk, and golden.bin is read whole. */
const LARGEST_COPIED = 64 * MB;

/**
 * Numbers in the weights together. A conversion holds them as float32, as an ONNX file and several times in the
 * engine that proves it: 4.8 million took 314 MB at the peak, 9.4 million 487 MB, of the 512 that it may.
 */
export const MOST_WEIGHTS = 9_000_000;

/** What a conversion works on. */
export interface TrainedFiles {
  /** `model.json`, `calibration.json` and the shards of the weights; to be cleared once they are converted. */
  inMemory: Map<string, Buffer>;
  /** The folder with the files of {@link COPIED}. */
  folder: string;
}

interface ShardGroup {
  paths: string[];
  weights: { shape: number[] }[];
}

/**
 * Reads the files of a trained version; those of {@link COPIED} go to `folder`, those that a conversion doesn't
 * need are proven and let go. Throws {@link InvalidModelError} that names the file which is missing, too large,
 * of another size or damaged.
 */
export async function readTrainedFiles(
  storage: Storage,
  { version, files }: Manifest,
  { folder, mostWeights }: { folder: string; mostWeights: number },
): Promise<TrainedFiles> {
  for (const file of files) checkClaim(version, file);
  for (const file of files) await storage.checkModelFile('trained', version, file);

  const inMemory = new Map<string, Buffer>();
  const read = async (file: ManifestFile) => {
    inMemory.set(file.path, await storage.readModelFile('trained', version, file));
  };
  const layersModel = files.find((file) => file.path === FILE.layersModel)!;
  await read(layersModel);
  const modelJson = parseJsonFile(version, FILE.layersModel, inMemory.get(FILE.layersModel)!);
  const { shards, weights } = readWeightsManifest(modelJson);
  if (weights > mostWeights) {
    throw new InvalidModelError(
      `trained/${version}/${FILE.layersModel} has ${weights} weights; a conversion takes at most ${mostWeights}, to stay within its memory. Train a smaller network, or raise CONVERT_MOST_WEIGHTS where there is more.`,
    );
  }
  for (const file of files) {
    if (file === layersModel) continue;
    if (file.path === FILE.calibration || shards.has(file.path)) await read(file);
    else if (COPIED.includes(file.path)) await streamToDisk(storage, version, file, folder);
    else await storage.streamModelFile('trained', version, file, () => {});
  }
  return { inMemory, folder };
}

/** The content of a JSON file of a version. Throws {@link InvalidModelError} that names the file. */
export function parseJsonFile(version: string, path: string, bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new InvalidModelError(`trained/${version}/${path} is not valid JSON.`, { cause: error });
  }
}

/** What the manifest says of a file is enough to refuse it: nothing has been asked of storage yet. */
function checkClaim(version: string, { path, bytes }: ManifestFile): void {
  const isJson = path === FILE.layersModel || path === FILE.calibration;
  const largest = isJson ? LARGEST_JSON : COPIED.includes(path) ? LARGEST_COPIED : Number.POSITIVE_INFINITY;
  if (bytes <= largest) return;
  throw new InvalidModelError(
    `trained/${version}/${path} has ${bytes} bytes by the manifest; a conversion takes at most ${largest}.`,
  );
}

/** What `model.json` says of the weights before any is read. What is wrong with it the converter says by name. */
function readWeightsManifest(modelJson: unknown): { shards: Set<string>; weights: number } {
  const groups = (modelJson as { weightsManifest?: ShardGroup[] } | null)?.weightsManifest;
  const all = Array.isArray(groups) ? groups.filter((group) => group !== null) : [];
  const specs = all.flatMap(({ weights }) => (Array.isArray(weights) ? weights : []));
  return {
    shards: new Set(all.flatMap(({ paths }) => (Array.isArray(paths) ? paths : []))),
    weights: specs.reduce((sum, spec) => sum + sizeOf(spec?.shape), 0),
  };
}

function sizeOf(shape: unknown): number {
  return Array.isArray(shape) ? shape.reduce((product, size) => product * Number(size), 1) : 0;
}

async function streamToDisk(
  storage: Storage,
  version: string,
  file: ManifestFile,
  folder: string,
): Promise<void> {
  const target = await open(join(folder, file.path), 'wx');
  try {
    await storage.streamModelFile('trained', version, file, (chunk) => target.writeFile(chunk));
  } finally {
    await target.close();
  }
}
