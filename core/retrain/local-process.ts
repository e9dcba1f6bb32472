/**
 * @module core/retrain/local-process
 * A process on this machine as the trainer, where there is no Container Apps job. What it knows is in files, so that a
 * function host that is started anew finds what the one before it started.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { messageOf } from '../errors.ts';
import { isAlive, type Lock, takeLock } from '../lock-file.ts';
import {
  type Execution,
  StartPostponedError,
  StartRefusedError,
  TAG_VARIABLE,
  type Trainer,
} from './trainer.ts';

const noteSchema = z.object({
  pid: z.int().positive(),
  tag: z.string(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  state: z.enum(['running', 'succeeded', 'failed', 'stopped']),
});
type Note = z.infer<typeof noteSchema>;

/** From the polite signal to the one that can't be ignored. */
const GRACE_MS = 10_000;

export interface LocalProcessSettings {
  /** A program and its arguments. */
  command: readonly string[];
  /** Where is kept what runs; made when it is missing. */
  folder: string;
  /** What the training prints, line by line. */
  log: (line: string) => void;
}

export class LocalProcess implements Trainer {
  readonly title = 'a process on this machine';
  private readonly settings: LocalProcessSettings;

  constructor(settings: LocalProcessSettings) {
    this.settings = { ...settings, folder: resolve(settings.folder) };
  }

  async start(tag: string): Promise<string> {
    const [program, ...words] = this.settings.command;
    mkdirSync(this.settings.folder, { recursive: true });
    const lock = takeLock(join(this.settings.folder, 'lock'));
    if ('owner' in lock)
      throw new StartPostponedError(`Process ${lock.owner} is starting a training just now.`);
    try {
      const running = (await this.list()).find(({ state }) => state === 'running');
      if (running !== undefined) throw new StartPostponedError(`${running.name} is training already.`);
      return await this.spawn(program!, words, tag);
    } finally {
      (lock as Lock).release();
    }
  }

  async list(): Promise<Execution[]> {
    return this.names().flatMap((name) => {
      const note = this.read(name);
      if (note === undefined) return [];
      // It had no chance to say how it ended.
      const died = note.state === 'running' && !isAlive(note.pid);
      return [
        {
          name,
          tag: note.tag,
          state: died ? 'failed' : note.state,
          startedAt: new Date(note.startedAt),
          endedAt: note.endedAt === null ? null : new Date(note.endedAt),
        },
      ];
    });
  }

  async stop(name: string): Promise<void> {
    const note = this.read(name);
    if (note === undefined || note.state !== 'running' || !isAlive(note.pid)) return;
    this.write(name, { ...note, state: 'stopped', endedAt: new Date().toISOString() });
    signal(note.pid, 'SIGTERM');
    const deadline = performance.now() + GRACE_MS;
    while (isAlive(note.pid) && performance.now() < deadline) await sleep(100);
    if (isAlive(note.pid)) signal(note.pid, 'SIGKILL');
  }

  private async spawn(program: string, words: string[], tag: string): Promise<string> {
    const child = spawn(program, words, {
      env: { ...process.env, [TAG_VARIABLE]: tag },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const name = `local-${tag}`;
    const { log } = this.settings;
    const spawned = await new Promise<true | Error>((done) => {
      child.once('spawn', () => done(true));
      child.once('error', done);
    });
    if (spawned !== true) {
      throw new StartRefusedError(
        `${JSON.stringify(program)} can't be started: ${messageOf(spawned)}. Check RETRAIN_COMMAND.`,
      );
    }
    const startedAt = new Date().toISOString();
    this.write(name, { pid: child.pid!, tag, startedAt, endedAt: null, state: 'running' });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => log(`Training ${tag}: ${line}`));
    }
    child.once('exit', (code, by) => {
      log(`Training ${tag} ended (${by ?? `exit code ${code}`})`);
      const note = this.read(name);
      if (note?.state !== 'running') return;
      const state = code === 0 ? 'succeeded' : 'failed';
      this.write(name, { ...note, state, endedAt: new Date().toISOString() });
    });
    return name;
  }

  private names(): string[] {
    try {
      const files = readdirSync(this.settings.folder).filter((file) => /^local-.+\.json$/.test(file));
      return files.map((file) => file.replace(/\.json$/, '')).sort();
    } catch {
      return [];
    }
  }

  private read(name: string): Note | undefined {
    try {
      return noteSchema.parse(JSON.parse(readFileSync(join(this.settings.folder, `${name}.json`), 'utf8')));
    } catch {
      return undefined;
    }
  }

  private write(name: string, note: Note): void {
    const path = join(this.settings.folder, `${name}.json`);
    writeFileSync(`${path}.new`, JSON.stringify(note));
    renameSync(`${path}.new`, path);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has just ended.
  }
}
