/**
 * @module training/reporter
 * What a run says: lines, and progress as a bar on a terminal or as a line every 10 % elsewhere.
 */
import { Presets, SingleBar } from 'cli-progress';

export interface Reporter {
  line(text: string): void;
  /** Shows the progress of one phase; `onProgress` takes the number done and the number in all. */
  progress(title: string, options?: ProgressOptions): Progress;
}

export interface ProgressOptions {
  /** Only as a bar, that goes when it is done: a line of its own follows. */
  passing?: boolean;
}

export interface Progress {
  onProgress: (done: number, total: number) => void;
  end: () => void;
}

interface Output {
  isTTY?: boolean;
  write(text: string): unknown;
}

/** A reporter on standard output. */
export function openReporter(output: Output = process.stdout): Reporter {
  const line = (text: string) => {
    output.write(`${text}\n`);
  };
  const writeProgress = (title: string, { passing = false }: ProgressOptions = {}) =>
    writeLines(title, passing ? () => {} : line);
  return { line, progress: output.isTTY ? showBar : writeProgress };
}

function showBar(title: string, { passing = false }: ProgressOptions = {}): Progress {
  const bar = new SingleBar(
    {
      format: `${title} {bar} {percentage}% | {value}/{total} | {eta_formatted} left`,
      hideCursor: true,
      clearOnComplete: passing,
    },
    Presets.shades_classic,
  );
  let started = false;
  return {
    onProgress(done, total) {
      if (!started) bar.start(total, 0);
      started = true;
      bar.update(done);
    },
    end: () => bar.stop(),
  };
}

function writeLines(title: string, line: (text: string) => void): Progress {
  const start = performance.now();
  let tenths = 0;
  return {
    onProgress(done, total) {
      const reached = Math.floor((10 * done) / total);
      if (reached === tenths) return;
      tenths = reached;
      line(
        `${title}: ${done}/${total} (${tenths * 10} %, ${formatSeconds((performance.now() - start) / 1000)})`,
      );
    },
    end() {},
  };
}

/** `12.3 s`, or `4 min 05 s` from a minute on. */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

export type Stopwatch = ReturnType<typeof openStopwatch>;

/** Seconds of each phase, by name. */
export function openStopwatch() {
  const seconds: Record<string, number> = {};
  const begin = performance.now();
  let last = begin;
  return {
    seconds,
    /** The time since the last call, or the beginning, went into `phase`. */
    lap(phase: string): void {
      const now = performance.now();
      seconds[phase] = (seconds[phase] ?? 0) + Math.round((now - last) / 10) / 100;
      last = now;
    },
    total: () => (performance.now() - begin) / 1000,
  };
}
