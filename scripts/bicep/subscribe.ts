/**
 * @module scripts/bicep/subscribe
 * The second phase of a deployment: blob events go to the app. It may take some tries, since the key of the webhook is there
 * only when the app has started, and rights need minutes to spread.
 */
import { spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { messageOf } from '../../core/errors.ts';

/** Variables that name what was provisioned, and the parameters of infra/blob-events.bicep that they are for. */
const PARAMETERS = {
  FUNCTION_APP_NAME: 'functionAppName',
  EVENT_TOPIC_NAME: 'eventTopicName',
  HOST_STORAGE_NAME: 'hostAccountName',
} as const;
const NEEDED = ['AZURE_RESOURCE_GROUP', ...Object.keys(PARAMETERS)];

const TRIES = 8;
/** Milliseconds before each further try: eight minutes in all. */
const PAUSES = [10_000, 20_000, 40_000, 60_000, 90_000, 120_000, 140_000];
const WAKE_MS = 30_000;
/** Nothing mends itself after these. */
const FINAL =
  /az login|AADSTS|AuthorizationFailed|ResourceGroupNotFound|InvalidTemplate\b|SubscriptionNotFound/;
const KEPT = 1500;

/** The subscriptions can't be made; the message says why and what to do. */
export class SubscribeError extends Error {}

export interface SubscribeOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** Path of infra/blob-events.bicep. */
  template: string;
  log: (line: string) => void;
  az?: string;
  pauses?: readonly number[];
}

/** Deploys `template` with the Azure CLI. Throws {@link SubscribeError}. */
export async function subscribeToBlobEvents({
  env,
  template,
  log,
  az = 'az',
  pauses = PAUSES,
}: SubscribeOptions): Promise<void> {
  const missing = NEEDED.filter((name) => !env[name]);
  if (missing.length > 0) {
    throw new SubscribeError(
      `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not set. azd sets them after "azd provision"; without azd they are outputs of the deployment of infra/main.bicep.`,
    );
  }
  const args = argumentsFor(env, template);
  const address = serviceAddress(env);
  for (let attempt = 1; ; attempt++) {
    await wake(address);
    const { code, errors } = await runAz(az, args, env);
    if (code === 0) {
      log('Blob events go to the app: convert and register start by themselves.');
      return;
    }
    const reason = withoutKeys(errors.trim()).slice(-KEPT) || `exit code ${code}`;
    if (FINAL.test(reason)) throw new SubscribeError(`Blob events can't be subscribed to: ${reason}`);
    const pause = pauses[attempt - 1];
    if (attempt >= TRIES || pause === undefined) {
      throw new SubscribeError(
        `Blob events can't be subscribed to after ${attempt} tries: ${reason}\nThe code is deployed; only this step is to be done again: node scripts/bootstrap.cjs scripts/infra-events.ts (with azd: "azd hooks run postdeploy").`,
      );
    }
    log(`Not yet (try ${attempt}), again in ${pause / 1000} s: ${firstLine(reason)}`);
    await wait(pause);
  }
}

function argumentsFor(env: SubscribeOptions['env'], template: string): string[] {
  const parameters = Object.entries(PARAMETERS).map(([name, parameter]) => `${parameter}=${env[name]}`);
  return [
    ...['deployment', 'group', 'create', '--name', 'blob-events'],
    ...(env.AZURE_SUBSCRIPTION_ID ? ['--subscription', env.AZURE_SUBSCRIPTION_ID] : []),
    ...['--resource-group', env.AZURE_RESOURCE_GROUP!, '--template-file', template],
    ...['--parameters', ...parameters, '--only-show-errors', '--output', 'none'],
  ];
}

/** Where the app is asked: `SERVICE_URL`, without it the address that a function app has by its name. */
export function serviceAddress(env: SubscribeOptions['env']): string {
  return (env.SERVICE_URL || `https://${env.FUNCTION_APP_NAME}.azurewebsites.net`).replace(/\/+$/, '');
}

/** The app makes its key when it starts, and it starts when somebody asks. Whether it answers doesn't matter here. */
async function wake(address: string): Promise<void> {
  await fetch(`${address}/api/health`, { signal: AbortSignal.timeout(WAKE_MS) })
    .then((response) => response.body?.cancel())
    .catch(() => {});
}

/** An error of Event Grid may quote the address with the key. */
function withoutKeys(text: string): string {
  return text.replace(/\bcode=[^&\s"']+/g, 'code=…');
}

const firstLine = (text: string) => text.split('\n')[0]!.slice(0, 300);

function runAz(
  az: string,
  args: string[],
  env: SubscribeOptions['env'],
): Promise<{ code: number; errors: string }> {
  return new Promise((resolve, reject) => {
    // On Windows it is a command file, which only a shell starts.
    const shell = process.platform === 'win32';
    const child = spawn(az, args, { env: { ...env }, shell, stdio: ['ignore', 'inherit', 'pipe'] });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.on('error', (error) =>
      reject(
        new SubscribeError(
          `The Azure CLI (az) can't be started: ${messageOf(error)}. Install it, and "az login".`,
        ),
      ),
    );
    child.on('close', (code) => resolve({ code: code ?? 1, errors }));
  });
}
