/**
 * @module scripts/host/functions
 * Turns what the app registered into routes and listeners. A function that can't be indexed disables itself
 * only, with the real host's words.
 */
import { BlobEventListener } from './blob-events.ts';
import { BlobScanListener } from './blob-scan.ts';
import { BlobTrigger } from './blob-trigger.ts';
import type { HostContext, HostFunction, Listener } from './context.ts';
import type { RegisteredFunction } from './core-module.ts';
import { messageOf } from './log.ts';
import { QueueListener } from './queue.ts';
import { Router } from './router.ts';
import { isDisabled } from './settings.ts';
import { TimerListener } from './timer.ts';

export interface IndexedFunctions {
  functions: HostFunction[];
  router: Router;
  listeners: Listener[];
  /** A fault that takes the whole app down, as on the real host. */
  fatal: string | undefined;
}

const OUTPUTS = ['http', 'queue'];

/** Indexes every registered function and logs what came of it. */
export function indexFunctions(host: HostContext): IndexedFunctions {
  const { log, core, settings, hostJson } = host;
  const router = new Router(hostJson.routePrefix);
  const listeners: Listener[] = [];
  const functions = core.functions.map((registered) =>
    toHostFunction(registered, isDisabled(registered.metadata.name, settings)),
  );
  let fatal: string | undefined;
  if (functions.length === 0) log.warn('No job functions found.');
  for (const target of functions.filter(({ disabled }) => !disabled)) {
    const route = target.trigger.route ?? '';
    if (target.trigger.type === 'httpTrigger' && route.startsWith('/')) {
      fatal = `The route template of function '${target.name}' is '${hostJson.routePrefix}/${route}': a route must not begin with a slash.`;
      log.error(`An error occurred while creating the routes. ${fatal}`);
    }
    try {
      refuseUnknownBindings(target);
      if (target.trigger.type === 'httpTrigger') router.add(target);
      else listeners.push(...listenersOf(host, target));
    } catch (error) {
      const message = messageOf(error);
      target.errors.push(message);
      log.error(`Error indexing method 'Functions.${target.name}'`);
      log.warn(`Function 'Functions.${target.name}' failed indexing and will be disabled.`);
      log.error(`The '${target.name}' function is in error: ${message}`);
    }
  }
  logFound(host, functions, router);
  return { functions, router, listeners, fatal };
}

function toHostFunction({ metadata, callback }: RegisteredFunction, disabled: boolean): HostFunction {
  const [triggerName = '', trigger] =
    Object.entries(metadata.bindings).find(([, { type }]) => /trigger$/i.test(type)) ?? [];
  return {
    name: metadata.name,
    metadata,
    callback,
    trigger: trigger ?? { type: 'none' },
    triggerName,
    disabled,
    errors: [],
  };
}

function refuseUnknownBindings({ metadata, trigger }: HostFunction): void {
  const others = Object.values(metadata.bindings).filter((binding) => binding !== trigger);
  const unknown = others.filter(({ type, direction }) => direction === 'in' || !OUTPUTS.includes(type));
  if (unknown.length > 0) {
    const types = unknown.map(({ type }) => type).join(', ');
    throw new Error(
      `The local host has no inputs and no outputs but http and queue; this function uses: ${types}.`,
    );
  }
}

function listenersOf(host: HostContext, target: HostFunction): Listener[] {
  switch (target.trigger.type) {
    case 'blobTrigger': {
      const trigger = new BlobTrigger(host, target);
      if (trigger.source === 'EventGrid') return [new BlobEventListener(host, trigger)];
      // Receipts need the host's own account.
      host.storage.blobs();
      return [new BlobScanListener(host, trigger)];
    }
    case 'queueTrigger':
      return [new QueueListener(host, target)];
    case 'timerTrigger':
      return [new TimerListener(host, target)];
    case 'warmupTrigger':
      return [];
    default:
      throw new Error(
        `The binding type(s) '${target.trigger.type}' are not registered. Please ensure the type is correct and the binding extension is installed.`,
      );
  }
}

function logFound({ log }: HostContext, functions: HostFunction[], router: Router): void {
  const found = functions.filter(({ disabled, errors }) => !disabled && errors.length === 0);
  log.info(`${functions.length} functions loaded`);
  if (found.length > 0) {
    log.info(
      `Found the following functions:\n${found.map(({ name }) => `Host.Functions.${name}`).join('\n')}`,
    );
  }
  for (const { name, template, methods } of router.list()) {
    log.info(`Mapped function route '${template}' [${methods.join(',')}] to '${name}'`);
  }
  for (const { name } of functions.filter(({ disabled }) => disabled)) {
    log.info(`Function '${name}' is disabled.`);
  }
}
