/**
 * @module scripts/host/context
 * What the parts of the host share.
 */
import type { CoreModule } from './core-module.ts';
import type { HostJson } from './host-json.ts';
import type { Log } from './log.ts';
import type { Binding, FunctionCallback, FunctionMetadata } from './rpc.ts';
import type { Settings } from './settings.ts';
import type { Storage } from './storage.ts';

export interface HostContext {
  /** Keeps receipts and timer states of several apps apart in one storage account. */
  hostId: string;
  log: Log;
  settings: Settings;
  hostJson: HostJson;
  storage: Storage;
  core: CoreModule;
  /** Aborted when the host begins to stop: pollers end, retries are given up. */
  stopping: AbortSignal;
}

/** A function of the app as the host sees it. */
export interface HostFunction {
  name: string;
  metadata: FunctionMetadata;
  callback: FunctionCallback;
  trigger: Binding;
  triggerName: string;
  disabled: boolean;
  /** Why it can't run; a function with errors is left out of routes and listeners. */
  errors: string[];
}

/** Something that runs functions without an HTTP request of their own. */
export interface Listener {
  readonly function: HostFunction;
  start(): void;
  /** Ends polling and waits for what is under way. */
  stop(): Promise<void>;
  /** Runs the function once, as POST /admin/functions/NAME asks for. */
  trigger(input: string): Promise<void>;
}

/** Waits, and returns early when the signal is aborted. */
export function delay(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done);
  });
}
