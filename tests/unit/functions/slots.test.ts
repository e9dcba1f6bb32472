import { DeadlineError, TooManyRequestsError } from '../../../core/errors.ts';
import { Slots } from '../../../functions/slots.ts';

const LONG = { deadlineMs: 60_000 };

function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

test('runs as many at once as it has slots, the others in turn', async () => {
  const slots = new Slots({ concurrency: 2, queue: 10 });
  let running = 0;
  let most = 0;
  const task = async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
  };
  await Promise.all(Array.from({ length: 6 }, () => slots.run(task, LONG)));
  expect(most).toBe(2);
});

test('beyond the queue it answers 429 with Retry-After', async () => {
  const slots = new Slots({ concurrency: 1, queue: 1 });
  const { open, opened } = gate();
  const first = slots.run(() => opened, LONG);
  const second = slots.run(async () => 'second', LONG);
  await expect(slots.run(async () => 'third', LONG)).rejects.toThrow(TooManyRequestsError);
  open();
  await first;
  await expect(second).resolves.toBe('second');
  await expect(slots.run(async () => 'later', LONG)).resolves.toBe('later');
});

test('work that outlives its deadline keeps its slot until it has ended', async () => {
  const slots = new Slots({ concurrency: 1, queue: 0 });
  const { open, opened } = gate();
  await expect(slots.run(() => opened, { deadlineMs: 5 })).rejects.toThrow(DeadlineError);
  await expect(slots.run(async () => 1, LONG)).rejects.toThrow(TooManyRequestsError);
  open();
  await opened;
  await new Promise((resolve) => setImmediate(resolve));
  await expect(slots.run(async () => 2, LONG)).resolves.toBe(2);
});

test('a task that fails gives its slot back', async () => {
  const slots = new Slots({ concurrency: 1, queue: 0 });
  await expect(slots.run(() => Promise.reject(new Error('no')), LONG)).rejects.toThrow('no');
  await expect(slots.run(async () => 'next', LONG)).resolves.toBe('next');
});

test('a request whose deadline passed in the queue leaves its place to another', async () => {
  const slots = new Slots({ concurrency: 1, queue: 1 });
  const { open, opened } = gate();
  const first = slots.run(() => opened, LONG);
  await expect(slots.run(async () => 'late', { deadlineMs: 5 })).rejects.toThrow(DeadlineError);
  const next = slots.run(async () => 'next', LONG);
  open();
  await first;
  await expect(next).resolves.toBe('next');
});
