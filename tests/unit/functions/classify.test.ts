/** The handler of classify itself, with a storage that is never asked. */
import { DeadlineError } from '../../../core/errors.ts';
import type { Call } from '../../../functions/http/handle.ts';
import { petJpeg } from '../../helpers/pictures.ts';
import { contextOf, requestOf } from './http/requests.ts';

test('a request that was longer on its way to the queue than it may take is a 504', async () => {
  process.env.MODEL_STORAGE = 'UseDevelopmentStorage=true';
  const { classify } = await import('../../../functions/classify.ts');
  const { endServices, services } = await import('../../../functions/services.ts');
  try {
    const { config, slots } = services();
    const startedAt = performance.now() - config.CLASSIFY_DEADLINE_SECONDS * 1000;
    const call: Call = { requestId: 'late', startedAt };
    const answer = classify(requestOf({ body: await petJpeg() }), contextOf(), call);
    await expect(answer).rejects.toThrow(DeadlineError);
    expect(slots.state).toMatchObject({ inUse: 0, queued: 0 });
  } finally {
    await endServices();
    delete process.env.MODEL_STORAGE;
  }
});
