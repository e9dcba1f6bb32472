/**
 * @module training/container/job
 * One training as a job: settings from the environment, the device, the data, the training, and the version into
 * Blob Storage. Every end has its exit code, and one line of JSON that says how it went.
 */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ConfigurationError, messageOf, PawprintError } from '../../core/errors.ts';
import { FILE, type Manifest, parseManifest } from '../../core/manifest.ts';
import { TAG_VARIABLE } from '../../core/retrain/trainer.ts';
import { openStorage } from '../../core/storage/storage.ts';
import { isVersion } from '../../core/version.ts';
import { pushVersion } from '../push.ts';
import { openReporter } from '../reporter.ts';
import { type CheckpointStore, openCheckpointStore } from './checkpoint-store.ts';
import { describeDevice, probeDevice, requireDevice } from './device.ts';
import { fetchData } from './fetch-data.ts';
import { type JobSettings, readJobSettings, trainingEnvironment } from './job-settings.ts';
import { EXIT_CODES, JobFailure, type Outcome } from './outcome.ts';
import { requireTrained, runTraining } from './run-training.ts';
import { withPatience } from './storage-faults.ts';

/** How often a checkpoint that has changed goes to Blob Storage: what a machine that is lost costs at most. */
const CHECKPOINT_SECONDS = 60;

export interface JobOptions {
  env: NodeJS.ProcessEnv;
  /** Folder of the project. */
  root: string;
  /** Aborted with the outcome `stopped` or `interrupted` as its reason. */
  signal: AbortSignal;
}

/** What the last line of a job says, as JSON. */
export interface JobSummary {
  event: 'training';
  outcome: Outcome;
  exitCode: number;
  /** For an outcome that isn't success. */
  message: string | null;
  /** {@link JobSettings.run} */
  run: string | null;
  version: string | null;
  data: string | null;
  feedback: { added: number; leftOut: number } | null;
  device: 'GPU' | 'CPU' | null;
  photographs: { training: number; heldBack: number } | null;
  metrics: { top1: number; top3: number; int8Top1: number; int8Top3: number } | null;
  resumed: boolean;
  minutes: number;
}

/** Runs a job to its end, which it never throws at. */
export async function runJob(options: JobOptions): Promise<JobSummary> {
  const begin = performance.now();
  const summary: JobSummary = {
    event: 'training',
    outcome: 'fault',
    exitCode: EXIT_CODES.fault,
    message: null,
    run: options.env[TAG_VARIABLE] || null,
    version: null,
    data: null,
    feedback: null,
    device: null,
    photographs: null,
    metrics: null,
    resumed: false,
    minutes: 0,
  };
  try {
    summary.outcome = await work(summary, options);
  } catch (error) {
    const failure = toFailure(error, options.signal);
    if (failure.outcome === 'fault') console.error(error);
    else if (!failure.isTold) console.error(failure.message);
    summary.outcome = failure.outcome;
    summary.message = failure.message;
  }
  summary.exitCode = EXIT_CODES[summary.outcome];
  summary.minutes = Math.round((performance.now() - begin) / 600) / 100;
  return summary;
}

async function work(summary: JobSummary, { env, root, signal }: JobOptions): Promise<Outcome> {
  const reporter = openReporter();
  const settings = readJobSettings(env);
  for (const name of settings.unknown) reporter.line(`note: ${name} is set and is no setting`);
  const trainingEnv = trainingEnvironment(env, settings);
  await mkdir(settings.work, { recursive: true });

  const engine = settings.device === 'gpu' ? 'node' : settings.training.engine;
  const device = await orStopped(signal, probeDevice(engine, { root, env: trainingEnv }));
  reporter.line(describeDevice(device));
  requireDevice(settings.device, device);
  summary.device = device.isGpu ? 'GPU' : 'CPU';

  const data = await orStopped(signal, at('data', fetchData(settings, { env, reporter, signal })));
  summary.data = data.title;
  summary.feedback = data.feedback;

  const out = env.TRAIN_OUT ? resolve(root, env.TRAIN_OUT) : join(settings.work, 'trained');
  const checkpoints = join(settings.work, 'checkpoint');
  const store = openStore(settings, {
    data: data.title,
    file: join(checkpoints, 'checkpoint.bin'),
    reporter,
  });
  const hasCheckpoint = await restore(store, reporter);
  const words = [
    ...data.words,
    ...['--engine', engine, '--out', out, '--checkpoints', checkpoints],
    ...(hasCheckpoint ? ['--resume'] : []),
  ];
  const before = await versionsIn(out);
  const stopKeeping = store?.saveEvery(CHECKPOINT_SECONDS);
  const end = await runTraining(words, { root, env: trainingEnv, signal });
  stopKeeping?.();
  summary.resumed = end.resumed;
  if (end.code !== 0) await store?.save();
  signal.throwIfAborted();
  requireTrained(end);

  const version = (await versionsIn(out)).find((name) => !before.includes(name));
  if (version === undefined) throw new Error(`The training ended well and left no version in ${out}.`);
  const folder = join(out, version);
  describe(summary, parseManifest(await readFile(join(folder, FILE.manifest))));
  if (!settings.push) return 'trained';
  const storage = openStorage(settings.storage!);
  const pushing = withPatience('trained', () => pushVersion(storage, folder));
  await orStopped(signal, at('push', pushing, `${folder} is trained and not pushed`));
  reporter.line(`pushed to the container trained as ${version}`);
  await store?.clear().catch((error) => reporter.line(`note: the checkpoint stays: ${messageOf(error)}`));
  return 'pushed';
}

function openStore(
  { storage, push }: JobSettings,
  { data, file, reporter }: { data: string; file: string; reporter: { line(text: string): void } },
): CheckpointStore | null {
  // Who doesn't push keeps everything on this machine.
  if (storage === null || !push) return null;
  return openCheckpointStore(openStorage(storage), { data, file, log: (line) => reporter.line(line) });
}

/** A checkpoint that can't be read is no reason not to train. */
async function restore(
  store: CheckpointStore | null,
  reporter: { line(text: string): void },
): Promise<boolean> {
  if (store === null) return false;
  return store.restore().catch((error) => {
    reporter.line(`note: no checkpoint is taken up: ${messageOf(error)}`);
    return false;
  });
}

async function versionsIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).filter(isVersion);
}

function describe(summary: JobSummary, { version, data, metrics }: Manifest): void {
  const { n, top1, top3 } = metrics.float32;
  const photographs = data.counts.reduce((sum, { training }) => sum + training, 0);
  summary.version = version;
  summary.photographs = { training: photographs, heldBack: n };
  summary.metrics = { top1, top3, int8Top1: metrics.int8.top1, int8Top3: metrics.int8.top3 };
}

/** What is expected to go wrong in a step ends the job with that step's outcome. */
async function at<T>(outcome: Outcome, step: Promise<T>, prefix?: string): Promise<T> {
  return step.catch((error: unknown) => {
    if (!(error instanceof PawprintError) || error instanceof ConfigurationError) throw error;
    const message = prefix ? `${prefix}: ${error.message}` : error.message;
    throw new JobFailure(outcome, message, { cause: error });
  });
}

/** A step that can be left where it is: what it has fetched or pushed is gone on with. */
async function orStopped<T>(signal: AbortSignal, step: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    step.then(resolve, reject);
  });
}

function toFailure(error: unknown, signal: AbortSignal): JobFailure {
  if (signal.aborted) {
    const outcome = signal.reason as Outcome;
    return new JobFailure(outcome, `The job was ${outcome}. Started again, it goes on where it was.`);
  }
  if (error instanceof JobFailure) return error;
  if (error instanceof PawprintError) return new JobFailure('settings', error.message, { cause: error });
  return new JobFailure('fault', messageOf(error), { cause: error });
}
