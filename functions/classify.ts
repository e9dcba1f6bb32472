/**
 * @module functions/classify
 * POST /api/classify: a photograph in, the most likely breeds out.
 */
import { app, type HttpRequest, type HttpResponseInit, type InvocationContext } from '@azure/functions';
import { BadRequestError } from '../core/errors.ts';
import { readPhotograph } from '../core/image/read.ts';
import { parseModelName, type Role } from '../core/inference/models.ts';
import { topK } from '../core/inference/scores.ts';
import type { ServableModel } from '../core/inference/servable-model.ts';
import { displayName } from '../core/manifest.ts';
import { type Call, EVERY_METHOD, handle } from './http/handle.ts';
import { readPhotographBody } from './http/photograph.ts';
import { services } from './services.ts';
import { classifyAuthLevel } from './settings.ts';

const DEFAULT_TOP = 3;
/** More than any model has: what is checked before a model is there. */
const MOST_CLASSES = 2000;

/** What a client may call itself by, so that all its requests go to the same model while a canary is on. */
const CLIENT_HEADER = 'x-client-id';
const CLIENT_PATTERN = /^[\w-]{1,64}$/;

/** Answers with the `top` most likely breeds of the model whose turn it is, or of the `version` asked for. */
export async function classify(
  request: HttpRequest,
  _context: InvocationContext,
  call: Call,
): Promise<HttpResponseInit> {
  const { models, slots, config } = services();
  const top = single(request, 'top');
  const version = single(request, 'version');
  const name = version === undefined ? undefined : parseModelName(version);
  checkTop(top, MOST_CLASSES);
  const bytes = await readPhotographBody(request);
  const choice = { name, key: clientOf(request) ?? call.requestId };
  const answer = (model: ServableModel, role: Role) => answerWith(model, { role, bytes, top, call });
  return slots.run(() => models.use(choice, answer), {
    deadlineMs: config.CLASSIFY_DEADLINE_SECONDS * 1000,
  });
}

async function answerWith(
  model: ServableModel,
  { role, bytes, top, call }: { role: Role; bytes: Uint8Array; top: string | undefined; call: Call },
): Promise<HttpResponseInit> {
  const { labels, input, version } = model.manifest;
  const k = parseTop(top, labels.length);
  const start = performance.now();
  const { pixels, info } = await readPhotograph(bytes, {
    input,
    timeoutSeconds: services().config.CLASSIFY_DEADLINE_SECONDS,
  });
  const decoded = performance.now();
  const answer = await model.answer(pixels);
  const end = performance.now();
  const { scores, reason } = answer;
  if (role === 'production') {
    const { manifest } = model;
    services().shadow.offer({ bytes, pixels, manifest, answer, milliseconds: end - decoded });
  }
  const predictions = topK(scores, k).map((index) => {
    const { name, species } = labels[index]!;
    return { breed: name, name: displayName(name), species, score: rounded(scores[index]!, 7) };
  });
  return {
    jsonBody: {
      requestId: call.requestId,
      model: { version, precision: model.precision },
      predictions,
      confident: reason === null,
      reason,
      image: { width: info.width, height: info.height, format: info.format },
      timing: {
        decodeMs: rounded(decoded - start, 1),
        inferenceMs: rounded(end - decoded, 1),
        totalMs: rounded(end - call.startedAt, 1),
      },
    },
  };
}

function single(request: HttpRequest, name: string): string | undefined {
  const values = request.query.getAll(name);
  if (values.length > 1)
    throw new BadRequestError(`\`${name}\` is given ${values.length} times. Give it once.`);
  return values[0];
}

/** The client's own id. One that isn't usable counts as none: it decides nothing but which model answers. */
function clientOf(request: HttpRequest): string | undefined {
  const client = request.headers.get(CLIENT_HEADER);
  return client !== null && CLIENT_PATTERN.test(client) ? client : undefined;
}

function parseTop(text: string | undefined, classes: number): number {
  checkTop(text, classes);
  return text === undefined ? Math.min(DEFAULT_TOP, classes) : Number(text);
}

function checkTop(text: string | undefined, classes: number): void {
  if (text === undefined) return;
  const value = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= classes) return;
  throw new BadRequestError(`\`top\` must be a whole number from 1 to the number of breeds.`);
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

app.http('classify', {
  methods: EVERY_METHOD,
  authLevel: classifyAuthLevel,
  route: 'classify',
  handler: handle(['POST'], classify),
});
