/**
 * @module core/inference/servable-model
 * A model version loaded from Blob Storage, proven and warm, that answers for photographs.
 */
import { InvalidModelError } from '../errors.ts';
import { decodeClassMeans, decodeGolden } from '../golden.ts';
import { FILE, type Manifest, type Precision, parseManifest, SERVABLE_FILE } from '../manifest.ts';
import { versionPath } from '../storage/names.ts';
import type { Storage } from '../storage/storage.ts';
import { answerGolden, checkParity, checkSizes } from './parity.ts';
import { type Doubt, doubt, largestCosine, softmax } from './scores.ts';
import { loadSession, type RunOptions, type Session } from './session.ts';

/** The answer for one photograph: C calibrated scores in the order of the labels, and whether to believe them. */
export interface Answer {
  scores: Float64Array;
  reason: Doubt;
}

export interface ServableModel {
  readonly manifest: Manifest;
  readonly precision: Precision;
  /** Answers for height·width·3 pixels, RGB, rows top down. A run that is given up rejects with the signal's reason. */
  answer(pixels: Uint8Array, options?: RunOptions): Promise<Answer>;
  /**
   * Runs `task`, during which the model isn't freed. Taken before a photograph is read, since its size
   * depends on the model: it must still be there when the pixels are.
   */
  use<T>(task: (model: ServableModel) => Promise<T>): Promise<T>;
  /** Frees its memory once the last use under way has ended. */
  retire(): Promise<void>;
}

/**
 * Loads `models/{version}`. Each file's SHA-256 is checked, and the golden inputs are answered before it is
 * handed out, which warms it up too. Throws NotFoundError, {@link InvalidModelError} or UnavailableError.
 */
export async function loadServableModel(
  storage: Storage,
  { version, precision, openSession }: WantedModel,
): Promise<ServableModel> {
  const stored = await storage.read('models', versionPath(version, FILE.manifest));
  const manifest = parseManifest(stored.bytes);
  const read = (path: string) => {
    const file = manifest.files.find((entry) => entry.path === path);
    if (file === undefined) throw new InvalidModelError(`The manifest of ${version} doesn't list ${path}.`);
    return storage.readModelFile('models', version, file);
  };
  return openServableModel({ manifest, precision, read, ...(openSession ? { openSession } : {}) });
}

export interface WantedModel extends Pick<ServableParts, 'openSession'> {
  version: string;
  precision: Precision;
}

export interface ServableParts {
  manifest: Manifest;
  precision: Precision;
  /** Content of a file of the version, as its manifest lists it, or of {@link SERVABLE_FILE}. */
  read(path: string): Promise<Uint8Array>;
  /** How the ONNX file is run; by default in this thread. */
  openSession?: (onnx: Uint8Array) => Promise<Session>;
}

/**
 * A model from its files, wherever they are. The golden inputs are answered before it is handed out. Throws
 * {@link InvalidModelError} when it doesn't answer them as the trained model did.
 */
export async function openServableModel({
  manifest,
  precision,
  read,
  openSession = loadSession,
}: ServableParts): Promise<ServableModel> {
  const golden = decodeGolden(await read(FILE.golden), manifest);
  const means = decodeClassMeans(await read(FILE.classMeans), manifest)[precision];
  const session = await openSession(await read(SERVABLE_FILE[precision]));
  try {
    checkSizes(session, manifest);
    const parity = checkParity(precision, await answerGolden(session, golden), golden);
    if (!parity.passed) {
      throw new InvalidModelError(
        `Version ${manifest.version} doesn't answer as it was trained: ${parity.reason}.`,
      );
    }
    return servableModel({ manifest, precision, means, session });
  } catch (error) {
    await session.dispose();
    throw error;
  }
}

function servableModel(parts: {
  manifest: Manifest;
  precision: Precision;
  means: Float32Array;
  session: Session;
}): ServableModel {
  const { manifest, precision, means, session } = parts;
  const temperature = manifest.temperature[precision];
  const limits = {
    unknownBelow: manifest.unknown.threshold[precision],
    ambiguousBelow: manifest.unknown.ambiguousBelow,
  };
  let underWay = 0;
  let idle = () => {};

  const model: ServableModel = {
    manifest,
    precision,
    async answer(pixels, options) {
      const { logits, features } = await session.run(pixels, 1, options);
      const scores = softmax(logits, temperature);
      const cosine = largestCosine(features, means);
      return { scores, reason: doubt({ cosine, largestScore: Math.max(...scores) }, limits) };
    },
    async use(task) {
      underWay++;
      try {
        return await task(model);
      } finally {
        if (--underWay === 0) idle();
      }
    },
    async retire() {
      if (underWay > 0) {
        await new Promise<void>((resolve) => {
          idle = resolve;
        });
      }
      await session.dispose();
    },
  };
  return model;
}
