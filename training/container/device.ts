/**
 * @module training/container/device
 * What this machine trains on, found out before anything is fetched.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Device } from './job-settings.ts';
import { JobFailure } from './outcome.ts';
import type { EngineReport } from './probe-engine.ts';

const run = promisify(execFile);

export interface DeviceReport extends EngineReport {
  /** The cards as the driver lists them; null where there is no driver. */
  cards: string | null;
}

/** Loads the engine in a process of its own and lets it compute. `env` is that of the training. */
export async function probeDevice(
  engine: string,
  { root, env }: { root: string; env: NodeJS.ProcessEnv },
): Promise<DeviceReport> {
  const script = join(root, 'training', 'container', 'probe-engine.ts');
  const [report, cards] = await Promise.all([probeEngine(script, engine, env), listCards(env)]);
  return { ...report, cards };
}

async function probeEngine(script: string, engine: string, env: NodeJS.ProcessEnv): Promise<EngineReport> {
  const words = ['--disable-warning=ExperimentalWarning', script, engine];
  try {
    const { stdout } = await run(process.execPath, words, { env, timeout: 180_000 });
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as EngineReport;
  } catch (error) {
    const { signal, stderr = '' } = error as { signal?: string; stderr?: string };
    const last = stderr.trim().split('\n').at(-1) ?? '';
    const fault = `the engine ended with ${signal ?? 'a fault'}${last && `: ${last.slice(0, 300)}`}`;
    return { description: 'engine: none', isGpu: false, fault };
  }
}

async function listCards(env: NodeJS.ProcessEnv): Promise<string | null> {
  const question = ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader'];
  return run('nvidia-smi', question, { env, timeout: 30_000 }).then(
    ({ stdout }) => stdout.trim().replaceAll('\n', '; ') || null,
    () => null,
  );
}

/** One line for the log. */
export function describeDevice({ description, isGpu, cards }: DeviceReport): string {
  return `device: ${isGpu ? 'GPU' : 'CPU'} (${description.replace(/^engine: /, '')}${cards ? `; driver: ${cards}` : ''})`;
}

/** Throws {@link JobFailure} when a GPU was asked for and the engine doesn't compute on one, or when there is no engine. */
export function requireDevice(device: Device, report: DeviceReport): void {
  const { isGpu, fault } = report;
  if (device === 'gpu' && !(isGpu && fault === null)) throw new JobFailure('no-gpu', noGpuMessage(report));
  if (fault !== null) {
    throw new JobFailure(
      'settings',
      `No engine works here: ${fault.replace(/[.\s]+$/, '')}. npm run setup:tfjs-node completes tfjs-node.`,
    );
  }
}

/** One cause: without a driver no library can do anything, and what the engine says follows from that. */
function noGpuMessage({ description, fault, cards }: DeviceReport): string {
  const head = 'TRAIN_DEVICE is gpu and no GPU works:';
  if (cards === null) {
    return `${head} there is no NVIDIA driver in this container. Give the job a GPU workload profile, or docker run --gpus all; TRAIN_DEVICE=cpu trains without.`;
  }
  const reason = fault?.replace(/[.\s]+$/, '') ?? `TensorFlow sees none (${description})`;
  return `${head} ${reason}. The driver lists ${cards}: look for the library that can't be loaded with TF_CPP_MIN_LOG_LEVEL=0.`;
}
