/**
 * @module core/lifecycle/convert-version
 * From a trained version to a servable one: read, prove every file, convert, prove the conversion on the
 * golden inputs, write; the manifest last.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConflictError, InvalidModelError } from '../errors.ts';
import { decodeGolden, type Golden } from '../golden.ts';
import { contentHash, sha256 } from '../hash.ts';
import { answerGolden, checkParity, checkSizes } from '../inference/parity.ts';
import { loadSession } from '../inference/session.ts';
import {
  FILE,
  formatManifest,
  type Manifest,
  type ManifestFile,
  type Precision,
  parseManifest,
  SERVABLE_FILE,
} from '../manifest.ts';
import { type Calibration, convertLayersModel } from '../onnx/convert.ts';
import type { LayersModel } from '../onnx/layers-model.ts';
import { readLayersModel } from '../onnx/read-layers-model.ts';
import { versionPath } from '../storage/names.ts';
import type { Storage } from '../storage/storage.ts';
import { withTemporaryFolder } from './temporary-folder.ts';
import { COPIED, MOST_WEIGHTS, parseJsonFile, readTrainedFiles, type TrainedFiles } from './trained-files.ts';

type Proof = NonNullable<Manifest['conversion']>[Precision];

/**
 * Converts `trained/{version}` to `models/{version}`. Doing it again, at the same time or after a crash, ends
 * with the same files. Throws {@link InvalidModelError} when the trained version breaks its contract or the
 * conversion doesn't answer like the trained model; nothing is written then.
 *
 * Files stream; in memory are the weights and one ONNX file at a time, the rest is in a temporary folder that is
 * removed at the end, whatever that is.
 */
export async function convertVersion(
  storage: Storage,
  version: string,
  { mostWeights = MOST_WEIGHTS }: { mostWeights?: number } = {},
): Promise<'converted' | 'already there' | 'gone'> {
  const stored = await storage.find('trained', versionPath(version, FILE.manifest));
  // Events come late, too: the version may have been removed since.
  if (stored === undefined) return 'gone';
  const trained = parseManifest(stored.bytes);
  checkTrainedManifest(trained, version);
  const trainedManifest = sha256(stored.bytes);
  if (await isConverted(storage, version, trainedManifest)) return 'already there';

  return withTemporaryFolder(async (folder) => {
    const read = await readTrainedFiles(storage, trained, { folder, mostWeights });
    const { files, proofs } = await convertInto(folder, trained, read);
    for (const file of files) {
      const local = { ...file, path: join(folder, file.path) };
      await storage.createOnceFromFile('models', versionPath(version, file.path), local);
    }
    const conversion = { trainedManifest, ...proofs };
    const manifest: Manifest = { ...trained, stage: 'servable', conversion, files };
    return writeManifest(storage, manifest, trainedManifest);
  });
}

/** The last file of the folder, which makes the version visible. */
async function writeManifest(
  storage: Storage,
  manifest: Manifest,
  trainedManifest: string,
): Promise<'converted' | 'already there'> {
  const { version } = manifest;
  const path = versionPath(version, FILE.manifest);
  try {
    await storage.createOnce('models', path, Buffer.from(formatManifest(manifest)));
  } catch (error) {
    // The same event handled elsewhere at the same time: its measured differences may differ in a last digit.
    if (error instanceof ConflictError && (await isConverted(storage, version, trainedManifest))) {
      return 'already there';
    }
    throw error;
  }
  return 'converted';
}

function checkTrainedManifest(manifest: Manifest, version: string): void {
  if (manifest.version !== version || manifest.stage !== 'trained') {
    throw new InvalidModelError(
      `trained/${version}/${FILE.manifest} is of ${manifest.stage} version ${manifest.version}. Push the version under its own name.`,
    );
  }
  const hash = contentHash(manifest.files);
  if (!version.endsWith(`-${hash.slice(0, 8)}`)) {
    throw new InvalidModelError(
      `trained/${version}/${FILE.manifest}: the content's hash is ${hash.slice(0, 8)}…, which is not the one in the version's name.`,
    );
  }
}

async function isConverted(storage: Storage, version: string, trainedManifest: string): Promise<boolean> {
  const existing = await storage.find('models', versionPath(version, FILE.manifest));
  if (existing === undefined) return false;
  if (parseManifest(existing.bytes).conversion?.trainedManifest === trainedManifest) return true;
  throw new ConflictError(`models/${version} was converted from another trained version of the same name.`);
}

/** The ONNX file of each precision, converted from a trained version's files. */
export function convertFiles(
  manifest: Manifest,
  files: ReadonlyMap<string, Buffer>,
): Record<Precision, Buffer> {
  const network = readNetwork(manifest, files);
  return { float32: convertTo('float32', network), int8: convertTo('int8', network) };
}

interface Network {
  model: LayersModel;
  calibration: Calibration;
  input: Manifest['input'];
}

function readNetwork({ version, input }: Manifest, files: ReadonlyMap<string, Buffer>): Network {
  const parse = (path: string) => parseJsonFile(version, path, files.get(path)!);
  const model = readLayersModel(parse(FILE.layersModel), files);
  return { model, calibration: parse(FILE.calibration) as Calibration, input };
}

function convertTo(precision: Precision, { model, calibration, input }: Network): Buffer {
  const options = precision === 'float32' ? { input, precision } : { input, precision, calibration };
  const onnx = convertLayersModel(model, options);
  return Buffer.from(onnx.buffer, onnx.byteOffset, onnx.byteLength);
}

/** Puts the servable files beside those that are taken over. Gives their list for the manifest, and the proofs. */
async function convertInto(
  folder: string,
  trained: Manifest,
  { inMemory }: TrainedFiles,
): Promise<{ files: ManifestFile[]; proofs: Record<Precision, Proof> }> {
  const network = readNetwork(trained, inMemory);
  inMemory.clear();
  const golden = decodeGolden(await readFile(join(folder, FILE.golden)), trained);
  const files = COPIED.map((path) => trained.files.find((file) => file.path === path)!);
  const convert = async (precision: Precision): Promise<Proof> => {
    const onnx = convertTo(precision, network);
    const path = SERVABLE_FILE[precision];
    const file = { path, bytes: onnx.length, sha256: sha256(onnx) };
    const proof = await proveConversion(precision, { onnx, sha256: file.sha256, trained, golden });
    await writeFile(join(folder, path), onnx);
    files.push(file);
    return proof;
  };
  // One after the other: with both at once the peak of memory would be higher.
  return { proofs: { float32: await convert('float32'), int8: await convert('int8') }, files };
}

/**
 * The proof that goes into the manifest: whether the bytes are those that training measured, and how far the
 * answers to the golden inputs are from the trained model's.
 */
async function proveConversion(
  precision: Precision,
  converted: { onnx: Buffer; sha256: string; trained: Manifest; golden: Golden },
): Promise<Proof> {
  const { onnx, trained, golden } = converted;
  const session = await loadSession(onnx);
  try {
    checkSizes(session, trained);
    const parity = checkParity(precision, await answerGolden(session, golden), golden);
    const identical = converted.sha256 === trained.servable[SERVABLE_FILE[precision]];
    const answersAreNumbers = Number.isFinite(parity.largest);
    if (!answersAreNumbers || (!identical && !parity.passed)) {
      throw new InvalidModelError(
        `The conversion to ${SERVABLE_FILE[precision]} is refused: ${parity.reason}`,
      );
    }
    return { identical, largestDifference: parity.largest };
  } finally {
    await session.dispose();
  }
}
