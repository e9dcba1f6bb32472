/**
 * @module functions/classify
 * POST /api/classify: a photograph in, the most likely breeds out.
 */
import { app, type HttpRequest, type HttpResponseInit, type InvocationContext } from '@azure/functions';
import { BadRequestError } from '../core/errors.ts';
import { readPhotograph } from '../core/image/read.ts';
import { topK } from '../core/inference/scores.ts';
import type { ServableModel } from '../core/inference/servable-model.ts';
import { displayName } from '../core/manifest.ts';
import { parseVersion } from '../core/version.ts';
import { type Call, EVERY_METHOD, handle } from './http/handle.ts';
import { readPhotographBody } from './http/photograph.ts';
import { services } from './services.ts';
import { classifyAuthLevel } from './settings.ts';

const DEFAULT_TOP = 3;
/** More than any model has: what is checked before a model is there. */
const MOST_CLASSES = 2000;

/** Answers with the `top` most likely breeds of the model in production, or of the `version` asked for. */
export async function classify(
  request: HttpRequest,
  _context: InvocationContext,
  call: Call,
): Promise<HttpResponseInit> {
  const { production, pinned, slots, config } = services();
  const top = single(request, 'top');
  const version = parseOptionalVersion(single(request, 'version'));
  checkTop(top, MOST_CLASSES);
  const bytes = await readPhotographBody(request);
  const answer = (model: ServableModel) => answerWith(model, { bytes, top, call });
  const inProduction = version === undefined || production.isLoaded(version);
  const task = () => (inProduction ? production.use(answer) : pinned.use(version, answer));
  return slots.run(task, { deadlineMs: config.CLASSIFY_DEADLINE_SECONDS * 1000 });
}

async function answerWith(
  model: ServableModel,
  { bytes, top, call }: { bytes: Uint8Array; top: string | undefined; call: Call },
): Promise<HttpResponseInit> {
  const { labels, input, version } = model.manifest;
  const k = parseTop(top, labels.length);
  const start = performance.now();
  const { pixels, info } = await readPhotograph(bytes, {
    input,
    timeoutSeconds: services().config.CLASSIFY_DEADLINE_SECONDS,
  });
  const decoded = performance.now();
  const { scores, reason } = await model.answer(pixels);
  const end = performance.now();
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

function parseOptionalVersion(text: string | undefined): string | undefined {
  return text === undefined ? undefined : parseVersion(text);
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
