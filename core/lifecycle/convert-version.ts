/**
 * @module core/lifecycle/convert-version
 * From a trained version to a servable one: read, prove every file, convert, prove the conversion on the
 * golden inputs, write; the manifest last.
 */
import { ConflictError, InvalidModelError } from '../errors.ts';
import { decodeGolden } from '../golden.ts';
import { contentHash, sha256 } from '../hash.ts';
import { answerGolden, checkParity, checkSizes } from '../inference/parity.ts';
import { loadSession } from '../inference/session.ts';
import {
  FILE,
  formatManifest,
  type Manifest,
  type ManifestFile,
  PRECISIONS,
  type Precision,
  parseManifest,
  SERVABLE_FILE,
} from '../manifest.ts';
import { type Calibration, convertLayersModel } from '../onnx/convert.ts';
import { readLayersModel } from '../onnx/read-layers-model.ts';
import { versionPath } from '../storage/names.ts';
import type { Storage } from '../storage/storage.ts';

/** Files that the servable version takes over as they are: register and classify never read `trained`. */
const COPIED = [FILE.golden, FILE.classMeans, FILE.evaluation];

type VersionFiles = ReadonlyMap<string, Buffer>;

/**
 * Converts `trained/{version}` to `models/{version}`. Doing it again, at the same time or after a crash, ends
 * with the same files. Throws {@link InvalidModelError} when the trained version breaks its contract or the
 * conversion doesn't answer like the trained model; nothing is written then.
 */
export async function convertVersion(
  storage: Storage,
  version: string,
): Promise<'converted' | 'already there' | 'gone'> {
  const stored = await storage.find('trained', versionPath(version, FILE.manifest));
  // Events come late, too: the version may have been removed since.
  if (stored === undefined) return 'gone';
  const trained = parseManifest(stored.bytes);
  checkTrainedManifest(trained, version);
  const trainedManifest = sha256(stored.bytes);
  if (await isConverted(storage, version, trainedManifest)) return 'already there';

  const files = await readFiles(storage, version, trained.files);
  const converted = convertFiles(trained, files);
  const conversion = { trainedManifest, ...(await proveConversion(trained, files, converted)) };

  const servable = new Map(COPIED.map((path) => [path as string, files.get(path)!]));
  for (const precision of PRECISIONS) servable.set(SERVABLE_FILE[precision], converted[precision]);
  const manifest: Manifest = {
    ...trained,
    stage: 'servable',
    conversion,
    files: [...servable].map(([path, bytes]) => ({ path, bytes: bytes.length, sha256: sha256(bytes) })),
  };
  for (const [path, bytes] of servable) {
    await storage.createOnce('models', versionPath(version, path), bytes);
  }
  try {
    await storage.createOnce(
      'models',
      versionPath(version, FILE.manifest),
      Buffer.from(formatManifest(manifest)),
    );
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

async function readFiles(storage: Storage, version: string, files: ManifestFile[]): Promise<VersionFiles> {
  const read = new Map<string, Buffer>();
  for (const file of files) read.set(file.path, await storage.readModelFile('trained', version, file));
  return read;
}

/** The ONNX file of each precision, converted from a trained version's files. */
export function convertFiles(manifest: Manifest, files: VersionFiles): Record<Precision, Buffer> {
  const model = readLayersModel(JSON.parse(files.get(FILE.layersModel)!.toString('utf8')), files);
  const calibration = JSON.parse(files.get(FILE.calibration)!.toString('utf8')) as Calibration;
  const { input } = manifest;
  return {
    float32: Buffer.from(convertLayersModel(model, { input, precision: 'float32' })),
    int8: Buffer.from(convertLayersModel(model, { input, precision: 'int8', calibration })),
  };
}

/**
 * The proof that goes into the manifest: whether the bytes are those that training measured, and how far the
 * answers to the golden inputs are from the trained model's.
 */
async function proveConversion(trained: Manifest, files: VersionFiles, converted: Record<Precision, Buffer>) {
  const golden = decodeGolden(files.get(FILE.golden)!, trained);
  const prove = async (precision: Precision) => {
    const session = await loadSession(converted[precision]);
    try {
      checkSizes(session, trained);
      const answers = await answerGolden(session, golden);
      const identical = sha256(converted[precision]) === trained.servable[SERVABLE_FILE[precision]];
      const parity = checkParity(precision, answers, golden);
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
  };
  return { float32: await prove('float32'), int8: await prove('int8') };
}
