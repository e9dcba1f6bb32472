/**
 * @module scripts/host/write-soon
 * Lines of a log on their way to a stream. Node writes to a pipe at once and waits for it: under load, line by line, that
 * takes a tenth of a processor.
 */
import type { Writable } from 'node:stream';
import type { WriteLine } from './log.ts';

const TOGETHER_MS = 20;
/** As many as a few requests have: who reads along, or stops in a debugger, sees theirs at once. */
const AT_ONCE = 8;

/** Writes the first lines of each 20 ms at once, and the others of that time together at its end. None is lost at exit. */
export function writeSoon(stream: Writable): WriteLine {
  let written = 0;
  let waiting: string[] = [];
  let isTiming = false;
  const writeRest = () => {
    const text = waiting.map((line) => `${line}\n`).join('');
    isTiming = false;
    written = 0;
    waiting = [];
    if (text !== '') stream.write(text);
  };
  process.on('exit', writeRest);
  return (line) => {
    if (!isTiming) setTimeout(writeRest, TOGETHER_MS).unref();
    isTiming = true;
    if (written++ < AT_ONCE) stream.write(`${line}\n`);
    else waiting.push(line);
  };
}
