import { PassThrough } from 'node:stream';
import { writeSoon } from '../../../scripts/host/write-soon.ts';

beforeEach(() => jest.useFakeTimers());
afterEach(() => {
  jest.useRealTimers();
});

/** A stream, and what was written to it, a string for each time. */
function listen() {
  const written: string[] = [];
  const stream = new PassThrough({ decodeStrings: false });
  stream.write = (chunk: unknown) => written.push(String(chunk)) > 0;
  return { written, write: writeSoon(stream) };
}

test('the first line is written at once, those that follow it together, in their order', () => {
  const { written, write } = listen();
  for (const line of ['a', 'b', 'c']) write(line);
  expect(written).toEqual(['a\n']);
  jest.advanceTimersByTime(20);
  expect(written).toEqual(['a\n', 'b\nc\n']);
  write('d');
  jest.advanceTimersByTime(20);
  expect(written).toEqual(['a\n', 'b\nc\n', 'd\n']);
});

test('after a pause, a line is written at once again', () => {
  const { written, write } = listen();
  write('a');
  jest.advanceTimersByTime(20);
  write('b');
  expect(written).toEqual(['a\n', 'b\n']);
});

test('what waits is written when the process ends', () => {
  const before = process.listeners('exit');
  const { written, write } = listen();
  const added = process.listeners('exit').filter((listener) => !before.includes(listener));
  write('a');
  write('b');
  for (const listener of added) listener(0);
  expect(written).toEqual(['a\n', 'b\n']);
});
