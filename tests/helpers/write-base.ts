/**
 * @module tests/helpers/write-base
 * A network as a folder that `--base` takes.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BaseFacts } from '../../training/base/base.ts';
import { encodeNetwork } from '../../training/network/model-files.ts';
import type { Network } from '../../training/network/network.ts';

/** Writes it as a TensorFlow.js layers model for pictures of `size` pixels a side. */
export function writeBase(
  folder: string,
  network: Network,
  { name, size }: { name: string; size: number },
): void {
  const { modelJson, weightsBin } = encodeNetwork(network, 'float16');
  const facts: BaseFacts = {
    name,
    input: { width: size, height: size },
    scaling: { mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] },
    l2: 1e-4,
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'model.json'), modelJson);
  writeFileSync(join(folder, 'weights.bin'), weightsBin);
  writeFileSync(join(folder, 'base.json'), JSON.stringify(facts));
}
