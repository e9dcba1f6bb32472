/**
 * @module scripts/bench-train/torch
 * PyTorch in a process of its own, a step at a time. It is used where it is there, and not fetched: on Linux x64 PyPI
 * has the build with CUDA only, which is 5.4 GB with the libraries that it loads, also where it computes on the processor.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface TorchNetwork {
  layers: object[];
  /** The layer whose output comes in, [H, W, C]. */
  at: string;
  map: readonly number[];
  batchSize: number;
  features: number;
  classes: number;
}

export interface TorchRunner {
  /** Resolves when a step was taken. */
  step(): Promise<void>;
  end(): void;
}

/** A Python that has PyTorch and its version, or null: the one that is named, the one in `cache`, `python3`. */
export function findTorch(
  cache: string,
  named: string | undefined,
): { python: string; version: string } | null {
  const own = join(cache, 'torch', 'bin', 'python');
  for (const python of named ? [named] : [...(existsSync(own) ? [own] : []), 'python3']) {
    const probe = spawnSync(python, ['-c', 'import torch; print(torch.__version__)'], {
      encoding: 'utf8',
      timeout: 120_000,
    });
    if (probe.status === 0) return { python, version: probe.stdout.trim() };
  }
  return null;
}

/** What to do where {@link findTorch} finds none. */
export function adviseTorch(cache: string): string {
  const folder = join(cache, 'torch');
  return `PyTorch is not there, so nothing is compared with it. python3 -m venv ${folder} && ${join(folder, 'bin', 'pip')} install torch numpy brings it (on Linux x64 5.4 GB, CUDA's libraries with it); --python names a Python that has it`;
}

/** Starts `upper.py` on a network. Resolves when it is ready; throws when it ends before. */
export async function openTorch(python: string, network: TorchNetwork): Promise<TorchRunner> {
  const script = join(import.meta.dirname, 'upper.py');
  // Never a GPU, so that the same hardware is compared.
  const env = { ...process.env, CUDA_VISIBLE_DEVICES: '' };
  const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'], env });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const expect = async (word: string) => {
    const { value, done } = await lines.next();
    if (done || value !== word)
      throw new Error(`PyTorch's part of the benchmark said ${value ?? 'nothing more'}.`);
  };
  child.stdin.write(`${JSON.stringify(network)}\n`);
  await expect('ready');
  return {
    async step() {
      child.stdin.write('step\n');
      await expect('done');
    },
    end: () => child.stdin.end(),
  };
}
