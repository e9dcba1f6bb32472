/**
 * @module functions/classify
 * POST /api/classify: photographs in, the most likely breeds out.
 */
import { app, type HttpRequest, type HttpResponseInit, type InvocationContext } from '@azure/functions';
import type { Role } from '../core/inference/models.ts';
import type { ServableModel } from '../core/inference/servable-model.ts';
import { requireToken } from './auth/require-token.ts';
import { type ClassifyAnswer, type ClassifyBatchAnswer, classifyQuerySchema } from './contract/classify.ts';
import { answerPhotograph, rounded } from './http/answer.ts';
import { answerBatch } from './http/batch.ts';
import { type Call, EVERY_METHOD, handle } from './http/handle.ts';
import { readPhotographs } from './http/photograph.ts';
import { parseQuery } from './http/validate.ts';
import { services } from './services.ts';
import { classifyAuthLevel } from './settings.ts';
import type { Turn } from './slots.ts';
import { countProblems } from './telemetry/count-answer.ts';

/** What a client may call itself by, so that all its requests go to the same model while a canary is on. */
const CLIENT_HEADER = 'x-client-id';
const CLIENT_PATTERN = /^[\w-]{1,64}$/;

/**
 * Answers with the `top` most likely breeds, of one `species` if it is given, by the model whose turn it is or the
 * `version` asked for. Several photographs get a result each, in their order.
 */
export async function classify(
  request: HttpRequest,
  context: InvocationContext,
  call: Call,
): Promise<HttpResponseInit> {
  const { models, slots, config } = services();
  const { version, top, species } = parseQuery(request, classifyQuerySchema);
  // Looked at again when it is this request's turn: what will be refused anyway isn't read first.
  slots.requireRoom();
  const photographs = await readPhotographs(request, { fetch: { hosts: config.CLASSIFY_URL_HOSTS } });
  const choice = { name: version, key: clientOf(request) ?? call.requestId };
  const deadlineSeconds = config.CLASSIFY_DEADLINE_SECONDS;
  const { requestId, startedAt } = call;
  const [first, ...others] = photographs;

  const answer = async (model: ServableModel, role: Role, turn: Turn) => {
    call.version = model.manifest.version;
    const head = { requestId, model: { version: model.manifest.version, precision: model.precision } };
    const options = { role, asked: { top, species }, startedAt };
    if (others.length === 0) {
      // A canary that takes longer leaves production half of the time to answer in its place.
      const runSeconds = role === 'canary' ? deadlineSeconds / 2 : deadlineSeconds;
      const limits = { timeoutSeconds: deadlineSeconds, runSeconds, turn };
      const answered = await answerPhotograph(model, first!, { ...options, ...limits });
      return { ...head, ...answered } satisfies ClassifyAnswer;
    }
    const results = await answerBatch(model, photographs, { ...options, deadlineSeconds, turn });
    countProblems(context, results);
    const timing = { totalMs: rounded(performance.now() - startedAt, 1) };
    return { ...head, results, timing } satisfies ClassifyBatchAnswer;
  };
  const jsonBody = await slots.run((turn) => models.use(choice, (model, role) => answer(model, role, turn)), {
    deadlineMs: deadlineSeconds * 1000,
    startedAt,
  });
  return { jsonBody };
}

/** The client's own id. One that isn't usable counts as none: it decides nothing but which model answers. */
function clientOf(request: HttpRequest): string | undefined {
  const client = request.headers.get(CLIENT_HEADER);
  return client !== null && CLIENT_PATTERN.test(client) ? client : undefined;
}

app.http('classify', {
  methods: EVERY_METHOD,
  authLevel: classifyAuthLevel,
  route: 'classify',
  handler: handle(['POST'], requireToken(classify)),
});
