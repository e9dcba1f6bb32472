/**
 * @module core/retrain/container-job
 * A Container Apps job as the trainer, by way of Azure Resource Manager and with the identity of the function app.
 */
import type {
  ContainerAppsAPIClient,
  Job,
  JobExecution,
  JobExecutionTemplate,
} from '@azure/arm-appcontainers';
import { messageOf, UnavailableError } from '../errors.ts';
import { statusOf } from '../storage/ask.ts';
import { type ArmSettings, connectArm } from './arm-client.ts';
import { pauseAfter, retryRequest } from './arm-retry.ts';
import {
  type Execution,
  StartPostponedError,
  StartRefusedError,
  TAG_VARIABLE,
  type Trainer,
} from './trainer.ts';

/** Less than the lease of an attempt, see start-attempt. */
const START_MS = 45_000;
const REQUEST_MS = 20_000;

export interface JobSettings extends ArmSettings {
  resourceGroup: string;
  job: string;
}

/** What the service calls the states of an execution. Any other is one that it may add. */
const STATES: Record<string, Execution['state']> = {
  Running: 'running',
  Processing: 'running',
  // Some of its replicas failed, and the job's own retries go on.
  Degraded: 'running',
  Succeeded: 'succeeded',
  Failed: 'failed',
  Stopped: 'stopped',
};

export class ContainerJob implements Trainer {
  readonly title: string;
  private readonly settings: JobSettings;
  private client: Promise<ContainerAppsAPIClient> | undefined;

  constructor(settings: JobSettings) {
    this.settings = settings;
    this.title = `Container Apps job ${settings.job}`;
  }

  /**
   * The job's own template is sent along with the tag in its environment: so the execution tells whose it is, also where
   * the answer to its start is lost. Asked once: a second request might start a second one.
   */
  async start(tag: string): Promise<string> {
    const template = await this.templateWith(tag);
    const { resourceGroup, job } = this.settings;
    let name: string | undefined;
    try {
      const client = await this.connect();
      await client.jobs.beginStart(resourceGroup, job, {
        template,
        abortSignal: AbortSignal.timeout(START_MS),
        // The first answer is that to the start; it comes here for a refusal too.
        onResponse: ({ status }, flat) => {
          if (status < 300) name ??= (flat as { name?: string } | undefined)?.name;
        },
      });
    } catch (error) {
      // The answer to the start itself was good; what failed is a look at how it goes on.
      if (name !== undefined) return name;
      throw this.startError(error);
    }
    if (name === undefined)
      throw new UnavailableError(`${this.title} was started, and no name was answered.`);
    return name;
  }

  async list(): Promise<Execution[]> {
    const { resourceGroup, job } = this.settings;
    const client = await this.connect();
    return this.ask('list its executions', async () => {
      const found: Execution[] = [];
      const options = { abortSignal: AbortSignal.timeout(REQUEST_MS) };
      for await (const execution of client.jobsExecutions.list(resourceGroup, job, options)) {
        if (execution.name !== undefined) found.push(describe(execution.name, execution));
      }
      return found;
    });
  }

  async stop(name: string): Promise<void> {
    const { resourceGroup, job } = this.settings;
    const client = await this.connect();
    await this.ask(`stop ${name}`, async () => {
      let isAccepted = false;
      const options = {
        abortSignal: AbortSignal.timeout(REQUEST_MS),
        onResponse: ({ status }: { status: number }) => {
          isAccepted ||= status < 300;
        },
      };
      await client.jobs.beginStopExecution(resourceGroup, job, name, options).catch((error: unknown) => {
        // It is gone; or it was asked, and a look at how that goes on failed.
        if (statusOf(error) !== 404 && !isAccepted) throw error;
      });
    });
  }

  private async templateWith(tag: string): Promise<JobExecutionTemplate> {
    const { resourceGroup, job } = this.settings;
    let template: Job['template'];
    try {
      const client = await this.connect();
      const found = await retryRequest(() =>
        client.jobs.get(resourceGroup, job, { abortSignal: AbortSignal.timeout(REQUEST_MS) }),
      );
      template = found.template;
    } catch (error) {
      const fault = this.startError(error);
      if (fault instanceof StartRefusedError) throw fault;
      throw new StartPostponedError(`${this.title} can't be read: ${messageOf(error)}`, { cause: error });
    }
    if (!template?.containers?.length) {
      throw new StartRefusedError(`${this.title} has no container. Deploy the training image.`);
    }
    const tagged = template.containers.map(({ volumeMounts: _, probes: __, ...container }) => ({
      ...container,
      env: [
        ...(container.env ?? []).filter((variable) => variable.name !== TAG_VARIABLE),
        { name: TAG_VARIABLE, value: tag },
      ],
    }));
    return {
      containers: tagged,
      ...(template.initContainers && { initContainers: template.initContainers }),
    };
  }

  /** What became of a start by the status that it was answered with: 5xx and no answer at all tell nothing. */
  private startError(error: unknown): Error {
    const status = statusOf(error);
    const { resourceGroup, job } = this.settings;
    const options = { cause: error };
    if (status === 404) {
      return new StartRefusedError(
        `There is no Container Apps job ${job} in resource group ${resourceGroup}. Check RETRAIN_JOB_NAME, RETRAIN_RESOURCE_GROUP and RETRAIN_SUBSCRIPTION_ID.`,
        options,
      );
    }
    if (status === 401 || status === 403) {
      return new StartRefusedError(
        `The identity of this app may not start ${job}. Give it the role Container Apps Jobs Operator on the job; a new role takes minutes.`,
        options,
      );
    }
    const pause = pauseAfter(error);
    if (status === 429 || status === 409) {
      return new StartPostponedError(`${this.title} can't be started now: ${messageOf(error)}`, {
        ...options,
        ...(pause !== undefined && { retryAfterSeconds: pause }),
      });
    }
    if (status !== undefined && status >= 400 && status < 500 && status !== 408) {
      return new StartRefusedError(`${this.title} refuses to start: ${messageOf(error)}`, options);
    }
    return new UnavailableError(
      `${this.title} gave no clear answer to its start: ${messageOf(error)}`,
      options,
    );
  }

  private async ask<T>(what: string, request: () => Promise<T>): Promise<T> {
    try {
      return await retryRequest(request);
    } catch (error) {
      throw new UnavailableError(`${this.title}: can't ${what}: ${messageOf(error)}`, { cause: error });
    }
  }

  private connect(): Promise<ContainerAppsAPIClient> {
    this.client ??= connectArm(this.settings).catch((error: unknown) => {
      this.client = undefined;
      throw error;
    });
    return this.client;
  }
}

function describe(name: string, { status, startTime, endTime, template }: JobExecution): Execution {
  const variables = template?.containers?.flatMap(({ env }) => env ?? []) ?? [];
  return {
    name,
    tag: variables.find((variable) => variable.name === TAG_VARIABLE)?.value ?? null,
    state: STATES[status ?? ''] ?? 'unknown',
    startedAt: startTime ?? null,
    endedAt: endTime ?? null,
  };
}
