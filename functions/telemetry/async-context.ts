/**
 * @module functions/telemetry/async-context
 * Keeps the span that is under way through promises and callbacks, so that a part of the work finds the request that it
 * belongs to.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, type ContextManager, ROOT_CONTEXT } from '@opentelemetry/api';

export class AsyncContext implements ContextManager {
  private readonly storage = new AsyncLocalStorage<Context>();

  active(): Context {
    return this.storage.getStore() ?? ROOT_CONTEXT;
  }

  with<Args extends unknown[], Task extends (...args: Args) => ReturnType<Task>>(
    context: Context,
    task: Task,
    thisArg?: ThisParameterType<Task>,
    ...args: Args
  ): ReturnType<Task> {
    return this.storage.run(context, () => task.apply(thisArg, args));
  }

  /** A function that runs in `context` whenever it is called; anything else as it is. */
  bind<Target>(context: Context, target: Target): Target {
    if (typeof target !== 'function') return target;
    const run = (...args: unknown[]) => this.storage.run(context, () => target(...args));
    return run as Target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.storage.disable();
    return this;
  }
}
