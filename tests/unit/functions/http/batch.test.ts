import { BadRequestError, UnavailableError } from '../../../../core/errors.ts';
import type { Answer, ServableModel } from '../../../../core/inference/servable-model.ts';
import { answerBatch, type BatchOptions } from '../../../../functions/http/batch.ts';
import type { SentPhotograph } from '../../../../functions/http/photograph.ts';
import { SlowCanaryError } from '../../../../functions/http/run-limit.ts';
import { Slots, type Turn } from '../../../../functions/slots.ts';
import { aTrainedManifest } from '../../../helpers/manifests.ts';
import { petJpeg } from '../../../helpers/pictures.ts';

let jpeg: Buffer;
beforeAll(async () => {
  jpeg = await petJpeg({ width: 64, height: 48 });
});

const named = (filename: string, content: () => Uint8Array = () => jpeg): SentPhotograph => ({
  filename,
  content,
});

function aModel(
  answer: () => Promise<Answer> = async () => ({ scores: Float64Array.of(0.7, 0.3), reason: null }),
) {
  return { manifest: aTrainedManifest(), precision: 'int8', answer } as unknown as ServableModel;
}

/** One that never ends, in a slot that nobody waits for. */
const aTurn = (): Turn => ({
  signal: new AbortController().signal,
  letOthers: async () => {},
  holdUntil: () => {},
});

/** `role` keeps the answers from the shadow. */
const options = (changes: Partial<BatchOptions> = {}): BatchOptions => ({
  role: 'named',
  asked: { top: undefined, species: undefined },
  startedAt: performance.now(),
  deadlineSeconds: 60,
  turn: aTurn(),
  ...changes,
});

test('each photograph has its own result, in order', async () => {
  const bad = named('bad', () => {
    throw new BadRequestError('no letter of base64');
  });
  const text = named('text', () => Buffer.from('hello'));
  const results = await answerBatch(aModel(), [named('a'), bad, text, named('b')], options());
  expect(results).toMatchObject([
    { filename: 'a', predictions: [{ score: 0.7 }, { score: 0.3 }] },
    { filename: 'bad', problem: { type: 'urn:pawprint:problem:bad-request', detail: 'no letter of base64' } },
    { filename: 'text', problem: { status: 415 } },
    { filename: 'b', confident: true },
  ]);
});

test('a fault of the model is a fault of all', async () => {
  const model = aModel(() => Promise.reject(new UnavailableError('The model is gone.')));
  await expect(answerBatch(model, [named('a'), named('b')], options())).rejects.toThrow(UnavailableError);
});

test('what the model can not give is refused before any photograph is looked at', async () => {
  const unread = named('a', () => {
    throw new Error('looked at');
  });
  const asked = { top: 3, species: undefined };
  await expect(answerBatch(aModel(), [unread, unread], options({ asked }))).rejects.toThrow(/1 to 2/);
});

test('photographs for which no time is left get a problem, and the answer goes out', async () => {
  const startedAt = performance.now() - 50_000;
  const results = await answerBatch(aModel(), [named('a'), named('b')], options({ startedAt }));
  expect(results).toMatchObject([
    { filename: 'a', problem: { status: 504 } },
    { filename: 'b', problem: { status: 504 } },
  ]);
});

test('a single photograph that waits goes between two of a batch', async () => {
  const slots = new Slots({ concurrency: 1, queue: 10 });
  const order: string[] = [];
  const noting = (name: string) =>
    named(name, () => {
      order.push(name);
      return jpeg;
    });
  const batch = slots.run((turn) => answerBatch(aModel(), ['1', '2', '3'].map(noting), options({ turn })), {
    deadlineMs: 60_000,
  });
  const single = slots.run(async () => order.push('single'), { deadlineMs: 60_000 });
  await Promise.all([batch, single]);
  expect(order).toEqual(['1', 'single', '2', '3']);
  await expect(slots.run(async () => 'free', { deadlineMs: 60_000 })).resolves.toBe('free');
});

/** Answers by a session that is given up, as one in a thread of its own. */
function aSlowModel({ seconds }: { seconds: number }) {
  const answer: ServableModel['answer'] = (_pixels, { signal, onAbandoned } = {}) =>
    new Promise((_, reject) => {
      const ended = new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));
      signal!.addEventListener('abort', () => {
        onAbandoned?.(ended);
        reject(signal!.reason);
      });
    });
  return { ...aModel(), answer } as ServableModel;
}

test('a photograph that the model takes too long for has a problem, and the slot is kept until the run has ended', async () => {
  const held: Promise<unknown>[] = [];
  const turn = { ...aTurn(), holdUntil: (ended: Promise<unknown>) => void held.push(ended) };
  const results = await answerBatch(
    aSlowModel({ seconds: 0.2 }),
    [named('a'), named('b')],
    options({ turn, deadlineSeconds: 0.1, startedAt: performance.now() + 1000 }),
  );
  expect(results).toMatchObject([{ problem: { status: 504 } }, { problem: { status: 504 } }]);
  expect(held).toHaveLength(2);
});

test('a canary that is too slow is a fault of the canary, not of the photograph', async () => {
  const slow = answerBatch(
    aSlowModel({ seconds: 0.2 }),
    [named('a'), named('b')],
    options({ role: 'canary', deadlineSeconds: 0.1, startedAt: performance.now() + 1000 }),
  );
  await expect(slow).rejects.toThrow(SlowCanaryError);
});
