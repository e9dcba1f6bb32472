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

test('time from before the slot was asked for counts', async () => {
  const slots = new Slots({ concurrency: 1, queue: 1 });
  const tenMinutes = { deadlineMs: 600_000 };
  const { open, opened } = gate();
  // 50 ms are left of it: it fails long before the test does.
  const nearly = { ...tenMinutes, startedAt: performance.now() - 599_950 };
  await expect(slots.run(() => opened, nearly)).rejects.toThrow('within 600 s');
  open();
  await new Promise((resolve) => setImmediate(resolve));
  await expect(
    slots.run(async () => 'in time', { ...tenMinutes, startedAt: performance.now() - 1 }),
  ).resolves.toBe('in time');
});

test('what has no time left is not begun, and takes neither a slot nor a place', async () => {
  const slots = new Slots({ concurrency: 1, queue: 0 });
  let hasRun = false;
  const late = slots.run(
    async () => {
      hasRun = true;
    },
    { deadlineMs: 1000, startedAt: performance.now() - 1000 },
  );
  await expect(late).rejects.toThrow(DeadlineError);
  expect([hasRun, slots.state]).toEqual([false, { inUse: 0, capacity: 1, queued: 0 }]);
});

describe('long work that lets others go first', () => {
  test('goes to the end of the queue, though that is full', async () => {
    const slots = new Slots({ concurrency: 1, queue: 2 });
    const order: string[] = [];
    const long = slots.run(async (turn) => {
      order.push('long 1');
      await turn.letOthers();
      order.push('long 2');
    }, LONG);
    const others = ['a', 'b'].map((name) => slots.run(async () => order.push(name), LONG));
    await expect(slots.run(async () => {}, LONG)).rejects.toThrow(TooManyRequestsError);
    await Promise.all([long, ...others]);
    expect(order).toEqual(['long 1', 'a', 'b', 'long 2']);
    expect(slots.isFull).toBe(false);
  });

  test('keeps its slot where nobody waits', async () => {
    const slots = new Slots({ concurrency: 1, queue: 1 });
    const wasFull = await slots.run(async (turn) => {
      const waited = turn.letOthers();
      const isFull = slots.isFull;
      await waited;
      return isFull;
    }, LONG);
    expect(wasFull).toBe(true);
  });

  test('whose deadline passes while it waits gives no slot back that it has not', async () => {
    const slots = new Slots({ concurrency: 1, queue: 5 });
    const { open, opened } = gate();
    const long = slots.run((turn) => turn.letOthers(), { deadlineMs: 20 });
    const other = slots.run(() => opened, LONG);
    await expect(long).rejects.toThrow(DeadlineError);
    await new Promise((resolve) => setImmediate(resolve));
    let hasRun = false;
    const next = slots.run(async () => {
      hasRun = true;
    }, LONG);
    await new Promise((resolve) => setImmediate(resolve));
    expect(hasRun).toBe(false);
    open();
    await Promise.all([other, next]);
    expect(slots.isFull).toBe(false);
  });
});

describe('work that leaves something running', () => {
  test('is answered at once, and keeps its slot until that has ended, however', async () => {
    for (const how of ['resolves', 'rejects'] as const) {
      const slots = new Slots({ concurrency: 1, queue: 0 });
      const { open, opened } = gate();
      const ended = how === 'resolves' ? opened : opened.then(() => Promise.reject(new Error('no')));
      const answered = await slots.run(async (turn) => {
        turn.holdUntil(ended);
        return 'answered';
      }, LONG);
      expect(answered).toBe('answered');
      await expect(slots.run(async () => 1, LONG)).rejects.toThrow(TooManyRequestsError);
      open();
      await new Promise((resolve) => setImmediate(resolve));
      expect(slots.isFull).toBe(false);
    }
  });

  test('waits for all of it, and lets others go first only then', async () => {
    const slots = new Slots({ concurrency: 1, queue: 1 });
    const [first, second] = [gate(), gate()];
    const order: string[] = [];
    const long = slots.run(async (turn) => {
      turn.holdUntil(first.opened);
      turn.holdUntil(second.opened);
      await turn.letOthers();
      order.push('long');
    }, LONG);
    const other = slots.run(async () => order.push('other'), LONG);
    second.open();
    await new Promise((resolve) => setImmediate(resolve));
    expect(order).toEqual([]);
    first.open();
    await Promise.all([long, other]);
    expect(order).toEqual(['other', 'long']);
    expect(slots.isFull).toBe(false);
  });
});

test('work is told when its time is over, and why', async () => {
  const slots = new Slots({ concurrency: 1, queue: 0 });
  let signal: AbortSignal | undefined;
  const late = slots.run(
    async (turn) => {
      signal = turn.signal;
      await new Promise((resolve) => turn.signal.addEventListener('abort', resolve));
    },
    { deadlineMs: 5 },
  );
  await expect(late).rejects.toThrow(DeadlineError);
  expect(signal!.reason).toBeInstanceOf(DeadlineError);
  await slots.run(
    async (turn) => {
      signal = turn.signal;
    },
    { deadlineMs: 20 },
  );
  await new Promise((resolve) => setTimeout(resolve, 40));
  expect(signal!.aborted).toBe(false);
});
