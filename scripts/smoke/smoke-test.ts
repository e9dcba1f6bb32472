/**
 * @module scripts/smoke/smoke-test
 * A few questions to a service whose answers are known.
 */
import { setTimeout as wait } from 'node:timers/promises';
import sharp from 'sharp';
import { messageOf } from '../../core/errors.ts';

/** What classify asks of who calls it, and what there is to show. */
export type SmokeAuth =
  | { kind: 'none' }
  | { kind: 'key'; key: string }
  /** Without a token only the refusal can be seen. */
  | { kind: 'token'; token: string | null };

export interface SmokeOptions {
  /** Without a path. */
  address: string;
  auth: SmokeAuth;
  /** Seconds until it must be ready. */
  waitSeconds: number;
  /** Whether a service that says that it has no model passes. */
  allowNoModel: boolean;
}

export interface SmokeFindings {
  /** What holds. */
  lines: string[];
  /** What could not be looked at, and what to do about it. */
  warnings: string[];
}

interface Answer {
  status: number;
  type: string;
  /** The header WWW-Authenticate. */
  challenge: string;
  body: Record<string, unknown>;
}

const PAUSE_MS = 2000;
const TRY_SECONDS = 30;

/** Asks. Throws an error that says what was expected and what came, never with the key or token in it. */
export async function smokeTest(options: SmokeOptions): Promise<SmokeFindings> {
  const { auth, allowNoModel } = options;
  const health = await untilAnswered(options, '/api/health', ({ status }) => status === 200);
  expectThat(health.body.status === 'alive', '/api/health', "{status: 'alive'}", health);
  const ready = await untilAnswered(
    options,
    '/api/ready',
    (answer) => answer.status === 200 || (allowNoModel && hasNoModel(answer)),
  );
  const hasModel = ready.status === 200;
  const lines = ['alive', hasModel ? `${ready.body.status}: model ${ready.body.version}` : 'no model yet'];
  const warnings = hasModel
    ? []
    : [
        `THERE IS NO MODEL: ${options.address} answers no photograph, and none was tried. Push a version (docs/registry.md), then run this again.`,
      ];

  const photograph = await drawPhotograph();
  if (auth.kind !== 'none') {
    const refused = await askOnce(options, photograph, {});
    const isRefused = refused.status === 401 && (auth.kind === 'key' || /^Bearer\b/.test(refused.challenge));
    const expected = auth.kind === 'key' ? '401' : '401 with WWW-Authenticate: Bearer';
    expectThat(isRefused, `/api/classify without a ${auth.kind}`, expected, refused);
    lines.push(`401 without a ${auth.kind}`);
  }
  const headers = headersOf(auth);
  if (headers === null) {
    warnings.push('NO PHOTOGRAPH WAS TRIED: the service asks for a token, and SMOKE_TOKEN is not set.');
    return { lines, warnings };
  }
  if (!hasModel) return { lines, warnings };
  const text = await askOnce(options, Buffer.from('no photograph'), headers);
  const isProblem = text.status === 415 && text.type.startsWith('application/problem+json');
  expectThat(isProblem, '/api/classify with text', '415 as application/problem+json', text);
  lines.push('415 for what is no photograph');
  lines.push(describePredictions(await askOnce(options, photograph, headers)));
  return { lines, warnings };
}

/** What opens classify; null where that isn't known. */
function headersOf(auth: SmokeAuth): Record<string, string> | null {
  if (auth.kind === 'none') return {};
  if (auth.kind === 'key') return { 'x-functions-key': auth.key };
  return auth.token === null ? null : { authorization: `Bearer ${auth.token}` };
}

function describePredictions(answer: Answer): string {
  const predictions = answer.body.predictions as { breed: string; score: number }[] | undefined;
  const scores = predictions?.map(({ score }) => score) ?? [];
  const isRight =
    answer.status === 200 &&
    scores.length > 0 &&
    scores.every((score, i) => score >= 0 && score <= 1 && score <= (scores[i - 1] ?? 1)) &&
    scores.reduce((sum, score) => sum + score, 0) <= 1 + 1e-6;
  expectThat(isRight, '/api/classify with a photograph', '200 with scores that fall', answer);
  const { timing } = answer.body as { timing?: { totalMs?: number } };
  return `200 for a photograph: ${predictions!.map(({ breed, score }) => `${breed} ${score.toFixed(3)}`).join(', ')} (${timing?.totalMs} ms)`;
}

const hasNoModel = ({ status, body }: Answer) =>
  status === 503 && /no model/i.test(`${body.title} ${body.detail}`);

/** Asks again and again: a deployment restarts the app, and a cold start takes its time. */
async function untilAnswered(
  options: SmokeOptions,
  path: string,
  isDone: (answer: Answer) => boolean,
): Promise<Answer> {
  const end = Date.now() + options.waitSeconds * 1000;
  let last = 'nothing';
  while (Date.now() < end) {
    try {
      const answer = await ask(options.address + path, { headers: {} });
      if (isDone(answer)) return answer;
      last = describe(answer);
    } catch (error) {
      last = messageOf((error as Error).cause ?? error);
    }
    await wait(Math.min(PAUSE_MS, Math.max(0, end - Date.now())));
  }
  throw new Error(
    `${options.address}${path} did not answer as it should within ${options.waitSeconds} s; the last was: ${last}`,
  );
}

function askOnce(
  { address }: SmokeOptions,
  photograph: Buffer,
  headers: Record<string, string>,
): Promise<Answer> {
  return ask(`${address}/api/classify`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', ...headers },
    body: new Uint8Array(photograph),
  });
}

async function ask(url: string, request: RequestInit): Promise<Answer> {
  const response = await fetch(url, {
    ...request,
    redirect: 'manual',
    signal: AbortSignal.timeout(TRY_SECONDS * 1000),
  });
  const text = await response.text();
  let body: Record<string, unknown> = {};
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // The host's own answers have no body.
  }
  const { status, headers } = response;
  return {
    status,
    type: headers.get('content-type') ?? '',
    challenge: headers.get('www-authenticate') ?? '',
    body,
  };
}

function expectThat(holds: boolean, question: string, expected: string, answer: Answer): void {
  if (!holds) throw new Error(`${question}: expected ${expected}, got ${describe(answer)}`);
}

const describe = ({ status, body }: Answer) => `${status} ${JSON.stringify(body).slice(0, 300)}`;

/** A JPEG of a ball on a meadow: what breed it is does not matter. */
async function drawPhotograph(): Promise<Buffer> {
  const [width, height] = [320, 240];
  const pixels = Buffer.alloc(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const isBall = (x - 160) ** 2 + (y - 130) ** 2 < 70 ** 2;
    const shade = (x * 7 + y * 13) % 32;
    pixels.set(isBall ? [180 - shade, 120, 60 + shade] : [60, 140 + shade, 70], i * 3);
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 85 })
    .toBuffer();
}
