/**
 * @module scripts/host/log
 * Lines of the host's log: the time in ISO form, then the text as the real host words it.
 */

/** Takes one finished entry of the log; it may hold line breaks (a stack, a list of functions). */
export type WriteLine = (line: string) => void;

export interface Log {
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}

/** Makes a log that writes to `write`. Warnings and errors carry their level, as there are no colours. */
export function makeLog(write: WriteLine): Log {
  const entry = (level: string) => (text: string) => write(`[${new Date().toISOString()}] ${level}${text}`);
  return { info: entry(''), warn: entry('warn: '), error: entry('error: ') };
}

/** The stack of anything thrown, or what there is of it. */
export function describe(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}

/** The message of anything thrown. An AggregateError (a refused connection) has its message in its code. */
export function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.message || (thrown as NodeJS.ErrnoException).code || thrown.name;
}
