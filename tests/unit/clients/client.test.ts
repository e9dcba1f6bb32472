/** The TypeScript client against a stand-in: retries, time limits, cancelling, and what it sends. */
import {
  PawprintClient,
  RefusedError,
  TimeoutError,
  UnreachableError,
} from '../../../clients/typescript/index.ts';
import { type StandIn, type StandInAnswer, startStandIn } from './stand-in.ts';

const PICTURE = new Uint8Array([0xff, 0xd8, 0xff, 0xd9]);
const ANSWERED = { status: 200, body: { requestId: 'r', predictions: [] } };
const BUSY = {
  type: 'urn:pawprint:problem:too-many-requests',
  title: 'Too many requests',
  status: 429,
  detail: 'Full.',
};
const FAST = { firstPauseMs: 1, longestPauseMs: 5_000 };

let service: StandIn | undefined;
afterEach(async () => {
  await service?.close();
  service = undefined;
});

async function clientOf(
  answers: StandInAnswer[],
  options: Partial<ConstructorParameters<typeof PawprintClient>[0]> = {},
) {
  service = await startStandIn(...answers);
  return new PawprintClient({ url: service.url, ...FAST, ...options });
}

test.each([
  ['429', { status: 429, body: BUSY }],
  ['503', { status: 503 }],
  ['504', { status: 504 }],
  ['a connection that breaks', { status: 0 }],
])('asks again after %s, with the same body', async (_name, refusal) => {
  const client = await clientOf([refusal, refusal, ANSWERED]);
  await expect(client.classify(PICTURE)).resolves.toEqual(ANSWERED.body);
  expect(service!.received.map(({ body }) => [...body])).toEqual([[...PICTURE], [...PICTURE], [...PICTURE]]);
});

test.each([400, 401, 404, 413, 415, 422, 500])('does not ask again after %d', async (status) => {
  const client = await clientOf([{ status }, ANSWERED]);
  const error = await client.classify(PICTURE).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(RefusedError);
  expect(error).toMatchObject({ status, attempts: 1 });
  expect(service!.received).toHaveLength(1);
});

test('waits as long as Retry-After says', async () => {
  const client = await clientOf([{ status: 429, headers: { 'retry-after': '1' } }, ANSWERED]);
  await client.classify(PICTURE);
  const [first, second] = service!.received;
  expect(second!.at - first!.at).toBeGreaterThanOrEqual(995);
});

test('does not wait longer than it may: the error says when to come back', async () => {
  const client = await clientOf([{ status: 503, headers: { 'retry-after': '3600' } }, ANSWERED]);
  await expect(client.classify(PICTURE)).rejects.toMatchObject({
    status: 503,
    retryAfterSeconds: 3600,
    attempts: 1,
  });
});

test('gives up after its attempts, with the last problem', async () => {
  const problem = { ...BUSY, requestId: 'mine' };
  const client = await clientOf([{ status: 429, headers: { 'x-request-id': 'mine' }, body: problem }]);
  const error = await client.classify(PICTURE).catch((thrown) => thrown);
  expect(error).toMatchObject({ message: 'Full.', problem, requestId: 'mine', attempts: 4 });
  expect(service!.received).toHaveLength(4);
});

test('feedback is sent again where it was refused, and never where it may have been kept', async () => {
  const receipt = { id: 'an-id', pictureKept: false };
  const feedback = { requestId: 'r', label: 'Bengal' };
  const refused = await clientOf([{ status: 429 }, { status: 201, body: receipt }]);
  await expect(refused.giveFeedback(feedback)).resolves.toEqual(receipt);
  await service!.close();
  for (const status of [0, 504]) {
    const client = await clientOf([{ status }, { status: 201, body: receipt }]);
    await expect(client.giveFeedback(feedback)).rejects.toMatchObject({ attempts: 1 });
    expect(service!.received).toHaveLength(1);
    await service!.close();
  }
  service = undefined;
});

test('an address where nothing listens is an UnreachableError that says why', async () => {
  const gone = await startStandIn(ANSWERED);
  await gone.close();
  const client = new PawprintClient({ url: gone.url, ...FAST, attempts: 2 });
  const error = await client.breeds().catch((thrown) => thrown);
  expect(error).toBeInstanceOf(UnreachableError);
  expect(error.message).toContain('ECONNREFUSED');
  expect(error.attempts).toBe(2);
});

test('an answer that never comes ends with the time of the call', async () => {
  const client = await clientOf([{ status: -1 }]);
  await expect(client.classify(PICTURE, { timeoutMs: 100 })).rejects.toBeInstanceOf(TimeoutError);
});

test('an attempt that takes too long is followed by another', async () => {
  const client = await clientOf([{ status: -1 }, ANSWERED], { attemptTimeoutMs: 200 });
  await expect(client.classify(PICTURE)).resolves.toEqual(ANSWERED.body);
});

test('the time of the call bounds the pauses too', async () => {
  const client = await clientOf([{ status: 429, headers: { 'retry-after': '4' } }, ANSWERED]);
  const error = await client.classify(PICTURE, { timeoutMs: 200 }).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(TimeoutError);
  expect(error.cause).toMatchObject({ status: 429 });
});

describe('cancelling throws the reason of the caller', () => {
  const reason = new Error('the user left');
  const cases: [string, StandInAnswer][] = [
    ['while it waits for the answer', { status: -1 }],
    ['while it pauses', { status: 503, headers: { 'retry-after': '4' } }],
  ];
  test.each(cases)('%s', async (_name, answer) => {
    const client = await clientOf([answer]);
    const cancel = new AbortController();
    const call = client.classify(PICTURE, { signal: cancel.signal });
    const settled = expect(call).rejects.toBe(reason);
    while (service!.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 50));
    cancel.abort(reason);
    await settled;
    expect(service!.received).toHaveLength(1);
  });

  test('before it began', async () => {
    const client = await clientOf([ANSWERED]);
    await expect(client.breeds({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(service!.received).toHaveLength(0);
  });
});

test('sends key, client, query and type', async () => {
  const client = await clientOf([ANSWERED], { key: 'secret', clientId: 'shelter-7' });
  const jpeg = new Blob([PICTURE], { type: 'image/jpeg' });
  await client.classify(jpeg, { top: 5, version: 'production', species: 'cat' });
  const [{ method, url, headers }] = service!.received as [StandIn['received'][0]];
  expect([method, url]).toEqual(['POST', '/api/classify?top=5&version=production&species=cat']);
  expect(headers).toMatchObject({
    'x-functions-key': 'secret',
    'x-client-id': 'shelter-7',
    'content-type': 'image/jpeg',
  });
});

describe('a token', () => {
  const sent = () => service!.received.map(({ headers }) => headers.authorization);

  test('is sent with every request, and no key with it', async () => {
    const client = await clientOf([ANSWERED], { token: 'a.b.c' });
    await client.classify(PICTURE);
    expect(sent()).toEqual(['Bearer a.b.c']);
    expect(service!.received[0]!.headers).not.toHaveProperty('x-functions-key');
  });

  test('of a function is asked for before each attempt', async () => {
    let count = 0;
    const client = await clientOf([{ status: 503 }, ANSWERED], { token: async () => `t${++count}` });
    await client.classify(PICTURE);
    expect(sent()).toEqual(['Bearer t1', 'Bearer t2']);
  });

  test('that is refused is asked for once more, also for feedback', async () => {
    const receipt = { id: 'an-id', pictureKept: false };
    const token = ({ wasRefused }: { wasRefused: boolean }) => (wasRefused ? 'fresh' : 'stale');
    const client = await clientOf([{ status: 401 }, { status: 201, body: receipt }], { token });
    await expect(client.giveFeedback({ requestId: 'r', label: 'Bengal' })).resolves.toEqual(receipt);
    expect(sent()).toEqual(['Bearer stale', 'Bearer fresh']);
    await service!.close();
    const refused = await clientOf([{ status: 401 }], { token });
    await expect(refused.breeds()).rejects.toMatchObject({ status: 401, attempts: 2 });
    expect(sent()).toEqual(['Bearer stale', 'Bearer fresh']);
  });

  test('that is a text is not sent again after 401', async () => {
    const client = await clientOf([{ status: 401 }], { token: 'stale' });
    await expect(client.breeds()).rejects.toMatchObject({ status: 401, attempts: 1 });
  });

  test('that can not be had ends the call with the reason, and nothing is sent', async () => {
    const signedOut = new Error('signed out');
    const client = await clientOf([ANSWERED], { token: () => Promise.reject(signedOut) });
    await expect(client.breeds()).rejects.toBe(signedOut);
    expect(service!.received).toHaveLength(0);
  });

  test('that never comes ends with the time of the call, or with the caller', async () => {
    const client = await clientOf([ANSWERED], { token: () => new Promise(() => {}) });
    await expect(client.breeds({ timeoutMs: 50 })).rejects.toBeInstanceOf(TimeoutError);
    const reason = new Error('the user left');
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(reason), 20);
    await expect(client.breeds({ signal: cancel.signal })).rejects.toBe(reason);
  });
});

test('takes the address with a slash, with /api and without', async () => {
  await clientOf([{ status: 200, body: { version: 'v', breeds: [] } }]);
  for (const end of ['', '/', '/api', '/api/'])
    await new PawprintClient({ url: service!.url + end }).breeds();
  expect(service!.received.map(({ url }) => url)).toEqual(Array(4).fill('/api/breeds'));
  expect(() => new PawprintClient({ url: 'pets.example.org' })).toThrow(/https:\/\/pets.example.org/);
});

test('a log-in page in place of an answer is an error, and so is a wrong key', async () => {
  const portal = await clientOf([{ status: 200, body: '<!doctype html>' }]);
  await expect(portal.breeds()).rejects.toThrow(/not the service/);
  await service!.close();
  const client = await clientOf([{ status: 401, body: '' }]);
  await expect(client.breeds()).rejects.toThrow(/asks for a key/);
});

test('pictures go through the hook that makes them smaller, and a batch keeps their names and order', async () => {
  const answer = { status: 200, body: { results: [] } };
  const shrink = () => new Blob(['small'], { type: 'image/jpeg' });
  const client = await clientOf([answer], { shrink });
  await client.classifyBatch([
    { picture: new File(['large'], 'a.jpg') },
    { picture: PICTURE, filename: 'dé.png' },
    { picture: PICTURE },
  ]);
  const form = service!.received[0]!.body.toString();
  expect(form.match(/filename="[^"]*"/g)).toEqual([
    'filename="a.jpg"',
    'filename="dé.png"',
    'filename="photograph-3"',
  ]);
  expect(form.match(/\bsmall\b/g)).toHaveLength(3);
  expect(form).not.toContain('large');
  await expect(client.classifyBatch([{ picture: PICTURE }])).rejects.toThrow(RangeError);
});

test('files of React Native are given to its FormData as they are', async () => {
  const appended: unknown[][] = [];
  const append = jest.spyOn(FormData.prototype, 'append').mockImplementation((...parameters: unknown[]) => {
    appended.push(parameters);
  });
  const client = new PawprintClient({
    url: 'https://pets.example.org',
    fetch: async () => Response.json(ANSWERED.body),
  });
  await client.classify({ uri: 'file:///tmp/1.jpg', type: 'image/jpeg' });
  append.mockRestore();
  expect(appended).toEqual([
    ['photo', { uri: 'file:///tmp/1.jpg', type: 'image/jpeg', name: 'photograph-1' }],
  ]);
});
