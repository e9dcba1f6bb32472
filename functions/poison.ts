/**
 * @module functions/poison
 * A blob event failed as often as the host tries: record its version as failed, and say so in a line that an alert
 * can match.
 */
import { app, type InvocationContext } from '@azure/functions';
import { POISON_QUEUE, parsePoisonMessage } from '../core/lifecycle/poison-message.ts';
import { recordFailure, VERSION_FAILED_EVENT } from '../core/lifecycle/record-failure.ts';
import { services } from './services.ts';

/**
 * A fault is thrown on: the host delivers the message again, five times in all, and then puts it into
 * `webjobs-blobtrigger-poison-poison`, which nothing listens to. So this can't loop, and nothing is lost.
 */
export async function poison(message: unknown, context: InvocationContext): Promise<void> {
  const { step, version } = parsePoisonMessage(message);
  const failure = await recordFailure(services().storage, { step, version });
  if (failure === undefined) {
    context.log(
      `A failed ${step} of ${version} is past: it was done meanwhile, or the version is blessed or gone`,
    );
    return;
  }
  context.error(`${VERSION_FAILED_EVENT} ${JSON.stringify(failure)}`);
}

app.storageQueue('poison', {
  queueName: POISON_QUEUE,
  connection: 'MODEL_STORAGE',
  handler: poison,
});
