import { TooManyRequestsError } from '../../../../core/errors.ts';
import { RateLimit } from '../../../../functions/http/rate-limit.ts';

test('a minute takes as many as it says, then they come in steadily, and never more than a minute is saved', () => {
  let now = 0;
  const limit = new RateLimit({ perMinute: 6, clock: () => now });
  const taken = (times: number) => {
    let count = 0;
    for (let i = 0; i < times; i++) {
      try {
        limit.take();
        count++;
      } catch (error) {
        if (!(error instanceof TooManyRequestsError)) throw error;
      }
    }
    return count;
  };
  expect(taken(10)).toBe(6);
  now += 9_999;
  expect(taken(1)).toBe(0);
  now += 1;
  expect(taken(2)).toBe(1);
  now += 3_600_000;
  expect(taken(10)).toBe(6);
});

test('a refusal says when there is room again', () => {
  let now = 0;
  const limit = new RateLimit({ perMinute: 6, clock: () => now });
  for (let i = 0; i < 6; i++) limit.take();
  now += 4_000;
  expect(() => limit.take()).toThrow(expect.objectContaining({ retryAfterSeconds: expect.closeTo(6, 6) }));
});
