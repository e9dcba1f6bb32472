import { PassThrough } from 'node:stream';
import { writeSoon } from '../../../scripts/host/write-soon.ts';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

const FIRST = Array.from({ length: 8 }, (_, i) => `${i}`);
const FIRST_WRITTEN = FIRST.map((line) => `${line}\n`);

/** A stream, and what was written to it, a string for each time. */
function listen() {
  const written: string[] = [];
  const stream = new PassThrough();
  stream.write = (chunk: unknown) => written.push(String(chunk)) > 0;
  return { written, write: writeSoon(stream) };
}

test('a few lines are written at once, those that follow them together, in their order', () => {
  const { written, write } = listen();
  for (const line of [...FIRST, 'a', 'b']) write(line);
  expect(written).toEqual(FIRST_WRITTEN);
  jest.advanceTimersByTime(20);
  expect(written).toEqual([...FIRST_WRITTEN, 'a\nb\n']);
});

test('after a pause, lines are written at once again', () => {
  const { written, write } = listen();
  for (const line of FIRST) write(line);
  jest.advanceTimersByTime(20);
  write('a');
  expect(written).toEqual([...FIRST_WRITTEN, 'a\n']);
});

test('what waits is written when the process ends', () => {
  const before = process.listeners('exit');
  const { written, write } = listen();
  const added = process.listeners('exit').filter((listener) => !before.includes(listener));
  for (const line of [...FIRST, 'a', 'b']) write(line);
  for (const listener of added) listener(0);
  expect(written.at(-1)).toBe('a\nb\n');
});
