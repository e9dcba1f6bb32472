/**
 * @module scripts/host/invoke
 * One run of a function: hooks, handler, outputs, time limit and the two log lines around it.
 */
import { randomUUID } from 'node:crypto';
import type { HostContext, HostFunction } from './context.ts';
import { describe } from './log.ts';
import { writeOutputs } from './outputs.ts';
import type {
  CoreInvocationContext,
  InvocationRequest,
  InvocationResponse,
  RpcRetryContext,
  RpcTypedData,
} from './rpc.ts';

/** The reason that the log gives for runs that came over HTTP. */
export const CALLED_OVER_HTTP = 'This function was programmatically called via the host APIs.';

export interface Invocation {
  data: RpcTypedData;
  metadata?: Record<string, RpcTypedData>;
  reason: string;
  details?: string;
  retryContext?: RpcRetryContext;
}

/** Runs the function once. Throws what its handler or a hook threw, after logging it. */
export async function invoke(
  host: HostContext,
  target: HostFunction,
  { data, metadata = {}, reason, details, retryContext }: Invocation,
): Promise<InvocationResponse> {
  const id = randomUUID();
  const name = `Functions.${target.name}`;
  const begin = performance.now();
  const finish = (outcome: string) =>
    `Executed '${name}' (${outcome}, Id=${id}, Duration=${Math.round(performance.now() - begin)}ms)`;
  host.log.info(`Executing '${name}' (Reason='${reason}', Id=${id})`);
  if (details) host.log.info(`Trigger Details: ${details}`);
  try {
    const request: InvocationRequest = {
      invocationId: id,
      functionId: target.name,
      inputData: [{ name: target.triggerName, data }],
      triggerMetadata: metadata,
      traceContext: { traceParent: '', traceState: '', attributes: {} },
      ...(retryContext && { retryContext }),
    };
    const response = await withinTimeout(host, name, id, runInWorker(host, target, request));
    await writeOutputs(host, target, response);
    host.log.info(finish('Succeeded'));
    return response;
  } catch (error) {
    host.log.error(`${finish('Failed')}\n${describe(error)}`);
    throw error;
  }
}

/** What the Node worker does for one request: hooks around the handler, in the order of the real one. */
async function runInWorker(
  { core, log }: HostContext,
  target: HostFunction,
  request: InvocationRequest,
): Promise<InvocationResponse> {
  let invocationContext: unknown;
  const coreContext: CoreInvocationContext = {
    invocationId: request.invocationId,
    request,
    metadata: target.metadata,
    state: undefined,
    log(level, category, message) {
      const entry = {
        level,
        message,
        category,
        invocationContext,
        hookData: {},
        appHookData: core.appHookData,
      };
      core.runLogHooks(entry);
      if (entry.level === 'error' || entry.level === 'critical') log.error(entry.message);
      else if (entry.level === 'warning') log.warn(entry.message);
      else if (entry.level === 'information') log.info(entry.message);
    },
  };
  const model = await core.programmingModel!.getInvocationModel(coreContext);
  const { context, inputs } = await model.getArguments();
  invocationContext = context;
  const shared = { hookData: {}, appHookData: core.appHookData, invocationContext: context };

  const before = { ...shared, inputs, functionCallback: target.callback };
  coreContext.state = 'preInvocationHooks';
  await core.runHooks('preInvocation', before);

  const after = { ...shared, inputs: before.inputs, result: null as unknown, error: null as unknown };
  coreContext.state = 'invocation';
  try {
    after.result = await model.invokeFunction(context, before.inputs, before.functionCallback);
  } catch (error) {
    after.error = error ?? new Error('The function threw nothing.');
  }
  coreContext.state = 'postInvocationHooks';
  await core.runHooks('postInvocation', after);
  coreContext.state = undefined;
  if (after.error !== null && after.error !== undefined) throw after.error;
  return model.getResponse(context, after.result);
}

/**
 * Gives up on a run after functionTimeout. The real host then restarts the worker with everything in it;
 * here app and host are one process, so the handler goes on and only its answer is lost.
 */
async function withinTimeout<T>(host: HostContext, name: string, id: string, run: Promise<T>): Promise<T> {
  const limit = host.hostJson.functionTimeout;
  if (limit === undefined) return run;
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const text = `Timeout value of ${limit / 1000} s exceeded by function '${name}' (Id: '${id}').`;
    host.log.error(
      `${text} The real host restarts the worker now and loses every invocation in it; this one lets the handler run on.`,
    );
    reject(new Error(text));
  }, limit);
  try {
    return await Promise.race([run, expired]);
  } finally {
    clearTimeout(timer);
  }
}
