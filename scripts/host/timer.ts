/**
 * @module scripts/host/timer
 * The listener of a timer trigger, with its state in storage so that a run missed while the host was down
 * is made up for.
 */
import { delay, type HostContext, type HostFunction, type Listener } from './context.ts';
import { invoke } from './invoke.ts';
import { messageOf } from './log.ts';
import { runWithRetries } from './retry.ts';
import type { RpcRetryContext } from './rpc.ts';
import { parseSchedule, type Schedule } from './schedule.ts';
import { resolveSettings } from './settings.ts';
import { isNotFound } from './storage.ts';

interface TimerStatus {
  Last: string;
  Next: string;
  LastUpdated: string;
}

const NEVER = '0001-01-01T00:00:00+00:00';
/** setTimeout overflows after 24.8 days and fires at once; long waits go in steps. */
const LONGEST_WAIT_MS = 86_400_000;

export class TimerListener implements Listener {
  readonly function: HostFunction;
  readonly #host: HostContext;
  readonly #schedule: Schedule;
  readonly #hasStatus: boolean;
  #status: TimerStatus | undefined;
  #loop: Promise<void> = Promise.resolve();

  /** Throws the real host's message when the schedule is none or a setting in it is missing. */
  constructor(host: HostContext, target: HostFunction) {
    this.#host = host;
    this.function = target;
    this.#schedule = parseSchedule(resolveSettings(target.trigger.schedule ?? '', host.settings));
    this.#hasStatus = target.trigger.useMonitor !== false && !this.#schedule.isFrequent;
    if (this.#hasStatus) host.storage.blobs();
  }

  start(): void {
    this.#logOccurrences();
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    await this.#loop;
  }

  async trigger(): Promise<void> {
    await this.#invoke({ isPastDue: false });
  }

  async #run(): Promise<void> {
    const { stopping } = this.#host;
    await this.#readStatus();
    const pastDue = this.#status !== undefined && Date.parse(this.#status.Next) < Date.now();
    if (pastDue) await this.#fire({ isPastDue: true });
    else if (this.function.trigger.runOnStartup) {
      await this.#fire({ isPastDue: false, details: 'UnscheduledInvocationReason: RunOnStartup' });
    }
    while (!stopping.aborted) {
      const next = this.#schedule.next(new Date());
      while (!stopping.aborted && Date.now() < next.getTime()) {
        await delay(Math.min(next.getTime() - Date.now(), LONGEST_WAIT_MS), stopping);
      }
      if (!stopping.aborted) await this.#fire({ isPastDue: false });
    }
  }

  async #fire(run: { isPastDue: boolean; details?: string }): Promise<void> {
    const began = new Date();
    // A failed run is in the log and counts as done: the next one comes when it is due.
    await runWithRetries(this.#host, this.function, (retryContext) =>
      this.#invoke(retryContext ? { ...run, retryContext } : run),
    ).catch(() => undefined);
    const ended = new Date();
    await this.#writeStatus({
      Last: timestamp(began),
      Next: timestamp(this.#schedule.next(ended)),
      LastUpdated: timestamp(ended),
    });
  }

  async #invoke({
    isPastDue,
    ...rest
  }: {
    isPastDue: boolean;
    details?: string;
    retryContext?: RpcRetryContext;
  }): Promise<void> {
    const data = {
      Schedule: { AdjustForDST: true },
      ScheduleStatus: this.#status ?? null,
      IsPastDue: isPastDue,
    };
    const reason = `Timer fired at ${timestamp(new Date())}`;
    await invoke(this.#host, this.function, { data: { json: JSON.stringify(data) }, reason, ...rest });
  }

  /** A new timer gets a state at once: an occurrence missed before the first run is then noticed, too. */
  async #readStatus(): Promise<void> {
    if (!this.#hasStatus) return;
    try {
      const blob = (await this.#host.storage.hostContainer()).getBlobClient(this.#statusPath());
      this.#status = JSON.parse((await blob.downloadToBuffer()).toString('utf8'));
    } catch (error) {
      if (!isNotFound(error)) this.#host.log.error(`Timer status can't be read: ${messageOf(error)}`);
      else {
        const next = timestamp(this.#schedule.next(new Date()));
        await this.#writeStatus({ Last: NEVER, Next: next, LastUpdated: NEVER });
      }
    }
  }

  async #writeStatus(status: TimerStatus): Promise<void> {
    if (!this.#hasStatus) return;
    this.#status = status;
    const text = JSON.stringify(status);
    try {
      const container = await this.#host.storage.hostContainer();
      await container.getBlockBlobClient(this.#statusPath()).upload(text, Buffer.byteLength(text));
    } catch (error) {
      this.#host.log.error(`Timer status can't be written: ${messageOf(error)}`);
    }
  }

  #statusPath(): string {
    return `timers/${this.#host.hostId}/Host.Functions.${this.function.name}/status`;
  }

  #logOccurrences(): void {
    const lines: string[] = [];
    let time = new Date();
    for (let count = 0; count < 5; count += 1) {
      time = this.#schedule.next(time);
      lines.push(time.toISOString());
    }
    const { text } = this.#schedule;
    this.#host.log.info(
      `The next 5 occurrences of the '${this.function.name}' schedule (Cron: '${text}') will be:\n${lines.join('\n')}`,
    );
  }
}

/** As .NET writes times: an offset in place of Z. */
function timestamp(time: Date): string {
  return time.toISOString().replace('Z', '+00:00');
}
