/**
 * @module training/container/run-training
 * `npm run train` as a child process: the same code, and an end of its own, be it a crash of a native library or the
 * kernel that wants memory back, that the job lives to tell.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { JobFailure, type Outcome } from './outcome.ts';

/** Container Apps gives 30 s between SIGTERM and SIGKILL; a checkpoint has to be uploaded in them, too. */
const GRACE_MS = 15_000;

/** How far a training has come, by the lines that it prints. */
const PHASES: readonly { line: RegExp; next: Phase }[] = [
  { line: /^network: /m, next: 'data' },
  { line: /photographs of \d+ breeds to train on/, next: 'training' },
];
type Phase = 'settings' | 'data' | 'training';

export interface RunOptions {
  /** Folder of the project. */
  root: string;
  env: NodeJS.ProcessEnv;
  /** Stops the training, which keeps its last checkpoint. */
  signal: AbortSignal;
  output?: { stdout: Writable; stderr: Writable };
}

export interface TrainingEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  phase: Phase;
  /** It went on from a checkpoint. */
  resumed: boolean;
  /** The last line of its errors. */
  lastError: string;
}

/** Runs it to its end with `words` as its command line. What it prints goes on. */
export async function runTraining(
  words: readonly string[],
  { root, env, signal, output = process }: RunOptions,
): Promise<TrainingEnd> {
  const args = ['--disable-warning=ExperimentalWarning', join(root, 'training', 'train.ts'), ...words];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let phase: Phase = 'settings';
  let resumed = false;
  let lastError = '';
  listen(child.stdout, output.stdout, (text) => {
    for (const { line, next } of PHASES) if (line.test(text)) phase = next;
    resumed ||= /^resumed after epoch \d/m.test(text);
  });
  listen(child.stderr, output.stderr, (text) => {
    lastError = text.trim().split('\n').at(-1) || lastError;
  });
  const letGo = stopWith(child, signal);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, ended) => resolve({ code, signal: ended, phase, resumed, lastError }));
    });
  } finally {
    letGo();
  }
}

/** Hands on what comes, and whole lines of it to `read`. */
function listen(from: Readable, to: Writable, read: (text: string) => void): void {
  let rest = '';
  from.setEncoding('utf8');
  from.on('data', (chunk: string) => {
    to.write(chunk);
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop()!;
    if (lines.length > 0) read(lines.join('\n'));
  });
  from.on('end', () => read(rest));
}

function stopWith(child: ChildProcess, signal: AbortSignal): () => void {
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    child.kill('SIGTERM');
    timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  };
}

/** Throws {@link JobFailure} unless the training ended well. */
export function requireTrained({ code, signal, phase, lastError }: TrainingEnd): void {
  if (code === 0) return;
  if (signal === 'SIGKILL') {
    throw new JobFailure(
      'training',
      'The training was killed, most likely for its memory: give the job more of it, or lower TRAIN_FINE_TUNE_BATCH_SIZE.',
    );
  }
  const how = signal ? `ended by ${signal}` : `ended with exit code ${code}`;
  const expected: Record<Phase, Outcome> = { settings: 'settings', data: 'data', training: 'training' };
  // 2 is what it said in words; anything else is a crash, which is the training's own once it has begun.
  const outcome = code === 2 ? expected[phase] : phase === 'training' ? 'training' : 'fault';
  throw new JobFailure(outcome, lastError || `The training ${how}.`, { isTold: lastError !== '' });
}
