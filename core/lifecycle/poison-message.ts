/**
 * @module core/lifecycle/poison-message
 * What the host puts into `webjobs-blobtrigger-poison` of a trigger's account when a blob event failed five times.
 */
import { z } from 'zod';
import { BadRequestError } from '../errors.ts';
import { STEP_CONTAINER, STEPS, type StepName, versionOfManifest } from '../storage/names.ts';

export const POISON_QUEUE = 'webjobs-blobtrigger-poison';

const messageSchema = z.object({
  FunctionId: z
    .string()
    .describe('`Host.Functions.convert`; before `.Functions.` may be the name of the app'),
  ContainerName: z.string(),
  BlobName: z.string(),
});

/**
 * The step and version that failed. Throws {@link BadRequestError} for a message that isn't about a step of ours:
 * the account may be shared, and a message that isn't understood belongs where a person finds it.
 */
export function parsePoisonMessage(message: unknown): { step: StepName; version: string } {
  const parsed = messageSchema.safeParse(typeof message === 'string' ? parseJson(message) : message);
  if (parsed.success) {
    const { FunctionId, ContainerName, BlobName } = parsed.data;
    const step = STEPS.find((name) => FunctionId.endsWith(`.Functions.${name}`));
    const version = versionOfManifest(BlobName);
    if (step !== undefined && version !== undefined && ContainerName === STEP_CONTAINER[step]) {
      return { step, version };
    }
  }
  throw new BadRequestError(
    `A message in ${POISON_QUEUE} is not about a version of ours: ${JSON.stringify(message)?.slice(0, 500)}. It ends up in ${POISON_QUEUE}-poison.`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
