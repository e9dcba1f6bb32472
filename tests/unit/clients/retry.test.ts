/** When the client comes back, without waiting for it. */
import { parseRetryAfter, pauseBefore, RETRY_DEFAULTS } from '../../../clients/typescript/retry.ts';

const NOW = Date.parse('2026-11-25T12:00:00Z');

test.each([
  ['3', 3],
  [' 0 ', 0],
  ['Wed, 25 Nov 2026 12:00:30 GMT', 30],
  ['Wed, 25 Nov 2026 11:00:00 GMT', 0],
  ['-5', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['', undefined],
  [null, undefined],
])('reads Retry-After %j as %j seconds', (header, seconds) => {
  expect(parseRetryAfter(header, NOW)).toBe(seconds);
});

test('pauses grow, are drawn at random and are bounded', () => {
  const options = { ...RETRY_DEFAULTS, attempts: 20 };
  const longest = [1, 2, 3, 12].map((attempt) => pauseBefore(attempt, options, { random: () => 1 }));
  expect(longest).toEqual([500, 1000, 2000, 30_000]);
  expect(pauseBefore(3, options, { random: () => 0 })).toBe(0);
});

test('what the service asks for is the least, and those refused together come back apart', () => {
  const at = (random: number) =>
    pauseBefore(1, RETRY_DEFAULTS, { retryAfterSeconds: 2, random: () => random });
  expect([at(0), at(1)]).toEqual([2000, 2500]);
  expect(pauseBefore(1, RETRY_DEFAULTS, { retryAfterSeconds: 31 })).toBeUndefined();
  expect(pauseBefore(RETRY_DEFAULTS.attempts, RETRY_DEFAULTS)).toBeUndefined();
});
