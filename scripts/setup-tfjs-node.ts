/**
 * @module scripts/setup-tfjs-node
 * Completes `@tensorflow/tfjs-node` from the package registries, without the download that its own installer
 * makes: TensorFlow's library comes from PyPI, the addon is built from the sources in the npm package.
 *
 *     npm run setup:tfjs-node
 *
 * Where something for it is missing, it says what and ends well: training then runs on WebAssembly.
 */
import { join } from 'node:path';
import { cacheFolder } from '../training/features/cache.ts';
import { ROOT } from './paths.ts';
import { buildAddon, findPackage } from './tfjs-node/addon.ts';
import { fetchLibraries } from './tfjs-node/libraries.ts';
import { MissingError } from './tfjs-node/run.ts';
import { probeTfjsNode } from './tfjs-node/verify.ts';

/** Completes tfjs-node under `root`; resolves with TensorFlow's version. Throws {@link MissingError}. */
export async function setUpTfjsNode({ root = ROOT, log = console.log } = {}): Promise<string> {
  const present = await probeTfjsNode(root);
  if (present !== null) return present;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new MissingError(
      `it is completed on linux-x64 only, and this is ${process.platform}-${process.arch}`,
    );
  }
  const cache = join(cacheFolder(process.env), 'tfjs-node');
  const folder = await findPackage(root, { cache, log });
  const libraries = await fetchLibraries(cache, { log });
  await buildAddon(folder, { root, libraries, cache, log });
  const version = await probeTfjsNode(root);
  if (version === null) throw new MissingError('it was built but does not load');
  return version;
}

if (import.meta.main) {
  try {
    console.log(`tfjs-node works, on TensorFlow ${await setUpTfjsNode()}.`);
  } catch (error) {
    if (!(error instanceof MissingError)) throw error;
    console.log(`tfjs-node stays incomplete: ${error.message}. Training runs on WebAssembly.`);
  }
}
