import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { LazySpanExporter } from '../../../../functions/telemetry/lazy-exporter.ts';

type Result = Parameters<Parameters<SpanExporter['export']>[1]>[0];
const BATCH: ReadableSpan[] = [];
const [SUCCESS, FAILED] = [0, 1];

function anExporter(changes: Partial<SpanExporter> = {}) {
  const batches: ReadableSpan[][] = [];
  let loads = 0;
  let isShut = false;
  const exporter: SpanExporter = {
    export(batch, done) {
      batches.push(batch);
      done({ code: SUCCESS });
    },
    async shutdown() {
      isShut = true;
    },
    ...changes,
  };
  const lazy = new LazySpanExporter(async () => {
    loads++;
    return exporter;
  });
  const send = (to: SpanExporter = lazy) =>
    new Promise<Result>((resolve) => {
      to.export(BATCH, resolve);
    });
  return { lazy, send, batches, loads: () => loads, isShut: () => isShut };
}

test('is loaded by the first that there is to export, once', async () => {
  const { send, batches, loads } = anExporter();
  expect(loads()).toBe(0);
  await expect(Promise.all([send(), send()])).resolves.toEqual([{ code: SUCCESS }, { code: SUCCESS }]);
  expect([loads(), batches.length]).toEqual([1, 2]);
});

test('is not loaded to be shut down', async () => {
  const unused = anExporter();
  await unused.lazy.shutdown();
  expect([unused.loads(), unused.isShut()]).toEqual([0, false]);
  const used = anExporter();
  await used.send();
  await used.lazy.shutdown();
  expect(used.isShut()).toBe(true);
});

// An unhandled rejection ends the worker with all that it does.
test('that can not be loaded, throws or rejects has failed, and nothing else happens', async () => {
  const unhandled: unknown[] = [];
  const listen = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', listen);
  try {
    const absent = new LazySpanExporter(() => Promise.reject(new Error('no such package')));
    const throwing = anExporter({
      export() {
        throw new Error('at once');
      },
    });
    const rejecting = anExporter({ export: (() => Promise.reject(new Error('later'))) as () => void });
    const { send } = anExporter();
    await expect(send(absent)).resolves.toMatchObject({
      code: FAILED,
      error: { message: 'no such package' },
    });
    await expect(throwing.send()).resolves.toMatchObject({ code: FAILED, error: { message: 'at once' } });
    await expect(rejecting.send()).resolves.toMatchObject({ code: FAILED, error: { message: 'later' } });
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(unhandled).toEqual([]);
  } finally {
    process.off('unhandledRejection', listen);
  }
});
