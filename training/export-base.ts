/**
 * @module training/export-base
 * Writes a base network as a TensorFlow.js layers model in float16, which is half the size and needs no other
 * file: `model.json`, `weights.bin`, `base.json`, and the notes and licence that belong to the weights.
 *
 *     npm run export-base -- --base efficientnet_lite2 --out starter/base
 *
 * Training from it gives the same numbers as from the folder it was made of, since training rounds to float16
 * before it computes anything.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigurationError, messageOf } from '../core/errors.ts';
import { FILE } from '../core/manifest.ts';
import { type BaseFacts, findBase, readBase } from './base/base.ts';
import { encodeNetwork } from './network/model-files.ts';
import { roundWeights } from './network/network.ts';
import { runCommand } from './run-command.ts';

const ROOT = join(import.meta.dirname, '..');

const NOTE = `This folder was made by Pawprint's training/export-base.ts. Changed against the files that are described below:
kernels are in the order of TensorFlow.js ([height, width, in, out] and [height, width, channels, 1]), weights are
rounded to float16, and \`model.json\` holds the layers as a TensorFlow.js layers model (\`tf.loadLayersModel\` reads
it). \`base.json\` tells the size and the scaling of the input. Nothing was trained.

---

`;

async function exportBase({ base, out }: { base: string; out: string }): Promise<void> {
  const source = await findBase(base, { root: ROOT, modelsDir: process.env.MODELS_DIR });
  const { name, input, l2, network } = await readBase(source);
  const { width, height, scaling } = input;
  const facts: BaseFacts = { name, input: { width, height }, scaling, l2 };
  const { modelJson, weightsBin } = encodeNetwork(roundWeights(network, 'float16'), 'float16');
  const folder = resolve(ROOT, out);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, FILE.layersModel), modelJson);
  await writeFile(join(folder, FILE.weights), weightsBin);
  await writeFile(join(folder, 'base.json'), `${JSON.stringify(facts, null, 2)}\n`);
  const readme = await readFile(join(source, 'README.md'), 'utf8').catch(() => '');
  await writeFile(join(folder, 'README.md'), `${NOTE}${readme}`);
  const licence = await readFile(join(source, 'LICENSE')).catch(() => null);
  if (licence) await writeFile(join(folder, 'LICENSE'), licence);
  const megabytes = (weightsBin.length / 1e6).toFixed(1);
  console.log(
    `${name} is in ${out}: ${megabytes} MB of weights${licence ? '' : '; its folder had no LICENSE'}`,
  );
}

await runCommand((args) => {
  const options = { base: { type: 'string' }, out: { type: 'string' } } as const;
  try {
    const { base = 'efficientnet_lite2', out = 'starter/base' } = parseArgs({ args, options }).values;
    return exportBase({ base, out });
  } catch (error) {
    throw new ConfigurationError(`${messageOf(error)} Usage: npm run export-base -- --base NAME --out DIR`);
  }
});
