/**
 * The app of the host's conformance tests. Handlers record what they got; GET /api/runs?function=NAME tells
 * it, so that the tests need no log and can be run against the real host as well.
 */
const { app, output } = require('@azure/functions');

const runs = [];

function record(context, data, more = {}) {
  const { functionName, triggerMetadata, retryContext } = context;
  const kind = Buffer.isBuffer(data) ? 'Buffer' : typeof data;
  const value = Buffer.isBuffer(data) ? data.toString('base64') : data;
  runs.push({ function: functionName, kind, value, triggerMetadata, retryContext, ...more });
}

const http = (name, handler, options = {}) => app.http(name, { authLevel: 'anonymous', handler, ...options });

app.hook.appStart(() => record({ functionName: 'appStart' }));
app.hook.preInvocation((context) => {
  context.hookData.began = true;
});
app.hook.postInvocation((context) => {
  if (context.invocationContext.functionName === 'hooked') {
    context.result = { body: `hook ran: ${context.hookData.began}` };
  }
});
app.hook.appTerminate(() => console.log('appTerminate hook ran'));

http('runs', (request) => {
  const name = request.query.get('function');
  return { jsonBody: runs.filter((run) => run.function === name) };
});
http('env', (request) => ({ body: process.env[request.query.get('name')] ?? '' }));

// What a handler may return.
http('ok', () => ({ body: 'hi' }));
http('json', () => ({ status: 201, jsonBody: { a: 1 } }));
http('buffer', () => ({ body: Buffer.from([1, 2, 3]) }));
http('empty', () => ({}));
http('nothing', () => undefined);
http('null', () => null);
http('noContent', () => ({ status: 204, body: 'dropped' }));
http('teapot', () => ({ status: 418, body: 'short and stout' }));
http('string', () => 'text');
http('status700', () => ({ status: 700 }));
http('throws', () => {
  throw new Error('secret detail');
});
http('headers', () => ({
  body: 'x',
  headers: { 'X-Custom-Hdr': 'v', 'MiXeD-CaSe': 'w', 'cache-control': 'no-store' },
  cookies: [{ name: 'c', value: 'v', maxAge: 60, path: '/', httpOnly: true }],
}));
http('hooked', () => ({ body: 'not this' }));

// What a handler gets.
const echo = async (request, context) => {
  const body = Buffer.from(await request.arrayBuffer());
  return {
    jsonBody: {
      method: request.method,
      url: request.url,
      headers: Object.fromEntries(request.headers),
      query: Object.fromEntries(request.query),
      params: request.params,
      length: body.length,
      body: body.length > 1000 ? undefined : body.toString('base64'),
      user: request.user,
      triggerMetadata: context.triggerMetadata ?? 'undefined',
      traceContext: context.traceContext,
      retryContext: context.retryContext ?? 'undefined',
    },
  };
};
http('echo', echo);
http('mirror', async (request) => ({
  body: Buffer.from(await request.arrayBuffer()),
  headers: { 'content-type': request.headers.get('content-type') ?? 'application/octet-stream' },
}));
http('verbs', (request) => ({ body: request.method }), { methods: ['HEAD', 'OPTIONS', 'PUT'] });
http('constrained', echo, { route: 'a/{x:int}/b/{*rest}' });
http('optional', echo, { route: 'items/{id?}' });
http('general', () => ({ body: 'general' }), { route: 'which/{name}' });
http('literal', () => ({ body: 'literal' }), { route: 'which/one' });

// Levels.
http('keyed', (request) => ({ body: request.query.get('code') ?? 'no code' }), { authLevel: 'function' });
http('adminOnly', () => ({ body: 'admin' }), { authLevel: 'admin', route: 'onlyAdmin' });

// Time.
http('slow', async (request) => {
  await new Promise((resolve) => setTimeout(resolve, Number(request.query.get('ms'))));
  return { body: 'done' };
});
http('rejects', () => {
  Promise.reject(new Error('nobody catches this'));
  return { body: 'sent' };
});

// In error, each alone.
http('twin1', () => ({ body: 'one' }), { route: 'twin' });
http('twin2', () => ({ body: 'two' }), { route: 'twin' });
http('reserved', () => ({}), { route: 'admin/x' });
http('switchedOff', () => ({ body: 'on' }));
app.timer('badCron', { schedule: 'not a cron', handler: record });
app.storageQueue('noConnection', { queueName: 'q', connection: 'NoSuchConn', handler: record });
app.storageQueue('noSetting', { queueName: '%NO_SUCH%', connection: 'AzureWebJobsStorage', handler: record });

// Storage and time.
const queueOutput = output.storageQueue({ queueName: 'q-out', connection: 'AzureWebJobsStorage' });
http(
  'enqueue',
  (_request, context) => {
    context.extraOutputs.set(queueOutput, { k: 1 });
    return { status: 202 };
  },
  { extraOutputs: [queueOutput] },
);

function recordBlob(blob, context) {
  record(context, blob);
  if (context.triggerMetadata.blobTrigger.includes('bad')) throw new Error('bad blob');
  if (context.triggerMetadata.blobTrigger.includes('hang') && process.env.HANG) return new Promise(() => {});
}
app.storageBlob('blobScan', {
  path: '%SCAN_CONTAINER%/{version}/manifest.json',
  connection: 'MODELS',
  source: 'LogsAndContainerScan',
  handler: recordBlob,
});
app.storageBlob('blobEvent', {
  path: 'events/{name}.jpg',
  connection: 'AzureWebJobsStorage',
  source: 'EventGrid',
  handler: recordBlob,
});
app.storageQueue('queueIn', {
  queueName: 'q-in',
  connection: 'AzureWebJobsStorage',
  handler(message, context) {
    record(context, message);
    if (message?.bad) throw new Error('bad message');
  },
});
app.timer('everySecond', {
  schedule: '* * * * * *',
  handler: (timer, context) => record(context, timer),
});
app.timer('atStart', {
  schedule: '0 0 3 1 1 *',
  runOnStartup: true,
  retry: { strategy: 'fixedDelay', maxRetryCount: 1, delayInterval: { milliseconds: 0 } },
  handler(timer, context) {
    record(context, timer);
    if (context.retryContext.retryCount === 0) throw new Error('first attempt');
  },
});
app.timer('missed', { schedule: '0 0 * * * *', handler: (timer, context) => record(context, timer) });
