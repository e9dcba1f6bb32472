/**
 * @module scripts/host/core-module
 * The module `@azure/functions-core`, which no package holds: the host makes it, and `@azure/functions`
 * requires it to register functions and hooks.
 */
import Module from 'node:module';
import type { FunctionCallback, FunctionMetadata, ProgrammingModel } from './rpc.ts';

export type HookCallback = (context: Record<string, unknown>) => unknown;

const HOOKS = ['appStart', 'appTerminate', 'preInvocation', 'postInvocation', 'log'] as const;
export type HookName = (typeof HOOKS)[number];

export interface RegisteredFunction {
  metadata: FunctionMetadata;
  callback: FunctionCallback;
}

export interface CoreModule {
  functions: RegisteredFunction[];
  programmingModel: ProgrammingModel | undefined;
  /** Set when the entry point has been loaded: later registrations are refused, as the worker does. */
  startupDone: boolean;
  /** Data that appStart hooks leave for later hooks. */
  appHookData: Record<string, unknown>;
  runHooks(name: HookName, context: Record<string, unknown>): Promise<void>;
  /** Log hooks may change the message, so they can't wait: run synchronously, a fault is the app's own. */
  runLogHooks(context: Record<string, unknown>): void;
}

/**
 * Makes the module and lets `require('@azure/functions-core')` find it from now on, whether
 * `@azure/functions` is bundled into the app or not. One app per process: the hook stays.
 */
export function installCoreModule(systemLog: (level: string, message: string) => void): CoreModule {
  const hooks = Object.fromEntries(HOOKS.map((name) => [name, [] as HookCallback[]])) as Record<
    HookName,
    HookCallback[]
  >;
  const core: CoreModule = {
    functions: [],
    programmingModel: undefined,
    startupDone: false,
    appHookData: {},
    async runHooks(name, context) {
      for (const callback of hooks[name]) await callback(context);
    },
    runLogHooks(context) {
      for (const callback of hooks.log) callback(context);
    },
  };

  const api = {
    version: '3.11.0',
    hostVersion: '4.1037.0',
    Disposable,
    registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): Disposable {
      if (core.startupDone) throw new Error('A function can only be registered during app startup.');
      const name = metadata.name.toLowerCase();
      // The real host ends up with zero functions over a name that occurs twice; so does a throw from here.
      if (core.functions.some((other) => other.metadata.name.toLowerCase() === name)) {
        throw new Error(`A function named "${metadata.name}" has already been registered.`);
      }
      const registered = { metadata, callback };
      core.functions.push(registered);
      return new Disposable(() => remove(core.functions, registered));
    },
    registerHook(name: string, callback: HookCallback): Disposable {
      const list = hooks[name as HookName];
      if (!list) throw new RangeError(`Unrecognized hook "${name}"`);
      list.push(callback);
      return new Disposable(() => remove(list, callback));
    },
    setProgrammingModel(model: ProgrammingModel): void {
      core.programmingModel = model;
    },
    getProgrammingModel: () => core.programmingModel,
    log: (level: string, _category: string, message: string) => systemLog(level, message),
  };

  const loader = Module as unknown as { _load(request: string, ...rest: unknown[]): unknown };
  const load = loader._load;
  loader._load = function (request, ...rest) {
    return request === '@azure/functions-core' ? api : load.call(this, request, ...rest);
  };
  return core;
}

class Disposable {
  readonly #callback: () => void;

  constructor(callback: () => void) {
    this.#callback = callback;
  }

  dispose(): void {
    this.#callback();
  }
}

function remove<T>(list: T[], item: T): void {
  const index = list.indexOf(item);
  if (index >= 0) list.splice(index, 1);
}
