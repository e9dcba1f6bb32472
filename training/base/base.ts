/**
 * @module training/base/base
 * The pretrained network that training starts from: where it is looked for, and how its folder is read.
 */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { ConfigurationError, InvalidModelError } from '../../core/errors.ts';
import { contentHash, sha256 } from '../../core/hash.ts';
import type { ModelInput } from '../../core/manifest.ts';
import { decodeNetwork, shardPaths } from '../network/model-files.ts';
import { type Network, resizeInput } from '../network/network.ts';
import { asFunctional, featuresOf, inputSizeOf } from './any-model.ts';
import { networkOfSteps, type Step } from './layers-json.ts';

export interface Base {
  name: string;
  input: ModelInput;
  /** Lambda of the penalty that suits its features. */
  l2: number;
  network: Network;
  /** Nothing said how its pixels are scaled: -1 to 1 is a guess. */
  isGuess?: boolean;
  /** Over the files of its folder; null for a network from scratch. */
  contentHash: string | null;
}

const perChannel = z.tuple([z.number(), z.number(), z.number()]);

/** `base.json`: what a base's other files don't say. */
export const baseFactsSchema = z.strictObject({
  name: z.string().min(1).max(200),
  input: z.strictObject({ width: z.int().min(8).max(1024), height: z.int().min(8).max(1024) }),
  scaling: z.strictObject({ mean: perChannel, std: perChannel }),
  l2: z.number().min(0),
});
export type BaseFacts = z.infer<typeof baseFactsSchema>;

const same = (value: number): [number, number, number] => [value, value, value];
const efficientNetLite = { scaling: { mean: same(127), std: same(128) }, l2: 1e-3 };

/** Facts of the folders that have no `base.json`. Lambda by the norm of the features: 9 to 12, and 17. */
const KNOWN: Record<string, Omit<BaseFacts, 'name'>> = {
  efficientnet_lite0: { ...efficientNetLite, input: { width: 224, height: 224 } },
  efficientnet_lite2: { ...efficientNetLite, input: { width: 260, height: 260 } },
  'mobilenet_v2_1.0_224': {
    scaling: { mean: same(127.5), std: same(127.5) },
    l2: 3e-3,
    input: { width: 224, height: 224 },
  },
};

/** What a picture lies on where it is transparent: white, as most pictures on a page. */
const BACKGROUND = same(255);

/**
 * The folder of the base called `name`, looked for in `modelsDir` (`MODELS_DIR`), `../shared/models` and
 * `starter/base` beside `root`; a path of a folder stands for itself. Throws {@link ConfigurationError} that
 * says where it looked.
 */
export async function findBase(
  name: string,
  { root, modelsDir }: { root: string; modelsDir?: string | undefined },
): Promise<string> {
  const starter = join(root, 'starter', 'base');
  const candidates = [
    resolve(name),
    ...(modelsDir ? [join(modelsDir, name)] : []),
    resolve(root, '..', 'shared', 'models', name),
    join(starter, name),
  ];
  for (const folder of candidates) {
    if (await isBase(folder)) return folder;
  }
  const facts = await readJson(join(starter, 'base.json')).catch(() => null);
  if ((facts as BaseFacts | null)?.name === name) return starter;
  throw new ConfigurationError(
    `There is no base network ${name}. Looked in ${[...candidates, starter].join(', ')}. --base takes a name or a folder, MODELS_DIR a folder of bases.`,
  );
}

async function readFacts(path: string): Promise<BaseFacts> {
  const parsed = baseFactsSchema.safeParse(await readJson(path).catch(() => undefined));
  if (parsed.success) return parsed.data;
  throw new InvalidModelError(`${path} doesn't describe a base:\n${z.prettifyError(parsed.error)}`);
}

/**
 * Reads the base in `folder`, for pictures of `size` pixels a side where that isn't 0. A layers model of which nothing
 * more is known tells its size, and its pixels are taken to go from -1 to 1, unless `scaling` (mean, std) is given.
 */
export async function readBase(
  folder: string,
  { size = 0, scaling = '' }: { size?: number; scaling?: string } = {},
): Promise<Base> {
  const files = await readdir(folder);
  const isSteps = files.includes('layers.json');
  const model = isSteps ? null : featuresOf(await readLayersModel(folder));
  const stated = files.includes('base.json')
    ? await readFacts(join(folder, 'base.json'))
    : knownFacts(basename(folder));
  const isGuess = stated === null && scaling === '';
  const facts = stated ?? guessFacts(basename(folder), model, size);
  const input = size > 0 ? { width: size, height: size } : facts.input;
  const network = model ?? (await readSteps(folder, facts.name, input));
  return {
    name: facts.name,
    input: {
      ...input,
      resize: { fit: 'cover', kernel: 'lanczos3', background: BACKGROUND },
      scaling: scaling === '' ? facts.scaling : readScaling(scaling),
    },
    l2: facts.l2,
    ...(isGuess ? { isGuess } : {}),
    network: resizeInput(network, input),
    contentHash: contentHash(await hashFiles(folder)),
  };
}

async function readSteps(
  folder: string,
  name: string,
  size: { width: number; height: number },
): Promise<Network> {
  const steps = (await readJson(join(folder, 'layers.json'))) as Step[];
  return networkOfSteps(steps, { name, size, weightFile: (file) => readFile(join(folder, 'weights', file)) });
}

async function readLayersModel(folder: string): Promise<Network> {
  const modelJson = await readJson(join(folder, 'model.json'));
  const shards = new Map<string, Uint8Array>();
  for (const path of shardPaths(modelJson)) shards.set(path, await readFile(join(folder, path)));
  return decodeNetwork(asFunctional(modelJson), shards);
}

function knownFacts(name: string): BaseFacts | null {
  const facts = KNOWN[name];
  return facts ? { name, ...facts } : null;
}

/** Facts of a model that comes without any; lambda is the one of features with a norm of about ten. */
function guessFacts(name: string, model: Network | null, size: number): BaseFacts {
  const own = model && inputSizeOf(model);
  const input = own ?? (size > 0 ? { width: size, height: size } : null);
  if (input) return { name, input, scaling: { mean: same(127.5), std: same(127.5) }, l2: 1e-3 };
  throw new InvalidModelError(
    `The base ${name} tells no size of its pictures. Give one with --size, or a base.json with name, input {width, height}, scaling {mean, std} and l2.`,
  );
}

function readScaling(text: string): BaseFacts['scaling'] {
  const [mean, std, ...rest] = text.split(',').map(Number);
  const areNumbers = rest.length === 0 && Number.isFinite(mean) && Number.isFinite(std) && std !== 0;
  if (areNumbers) return { mean: same(mean!), std: same(std!) };
  throw new ConfigurationError(
    `--base-scaling is ${JSON.stringify(text)}, expected mean and std such as 127.5,127.5.`,
  );
}

async function isBase(folder: string): Promise<boolean> {
  const files: string[] = await readdir(folder).catch(() => []);
  return files.includes('layers.json') || files.includes('model.json');
}

async function hashFiles(folder: string): Promise<{ path: string; sha256: string }[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.map(async (path) => ({
      path: path.slice(folder.length + 1).replaceAll('\\', '/'),
      sha256: sha256(await readFile(path)),
    })),
  );
}

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'));
}
