/**
 * @module tests/helpers/delivery-process
 * Starts `deliver.ts`, ahead of when it is needed, and talks to it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Delivery } from './deliver.ts';

export type Delivered = { outcome: string } | { error: string } | 'killed';

export interface DeliveryProcess {
  /** Resolves when the process has answered, or has died. */
  deliver(delivery: Delivery): Promise<Delivered>;
  /** At once, without a chance to clean up. */
  kill(): void;
  stop(): Promise<void>;
}

/** `temporary`: where it makes its temporary folders, which a process that is killed leaves behind. */
export function startDeliveryProcess(temporary: string): DeliveryProcess {
  const child = fork(join(__dirname, 'deliver.ts'), {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: { ...process.env, NODE_OPTIONS: '', TMPDIR: temporary },
  });
  const ready = once(child, 'message');
  const exited = once(child, 'exit');
  return {
    async deliver(delivery) {
      await ready;
      const answered = nextMessage(child);
      child.send(delivery);
      return Promise.race([answered, exited.then(() => 'killed' as const)]);
    },
    kill: () => void child.kill('SIGKILL'),
    async stop() {
      await Promise.race([ready, exited]);
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

async function nextMessage(child: ChildProcess): Promise<Delivered> {
  return ((await once(child, 'message')) as [Delivered])[0];
}
