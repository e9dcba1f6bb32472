import type { Answered } from '../../../scripts/bench-load/client.ts';
import { countByStatus, quantile, recoveredAfter } from '../../../scripts/bench-load/figures.ts';
import { atRate, inTurn } from '../../../scripts/bench-load/load.ts';

const answered = (milliseconds: number, status = 200): Answered => ({
  status,
  milliseconds,
  retryAfter: undefined,
  body: '',
});

test('quantiles are values that were measured', () => {
  const values = Array.from({ length: 200 }, (_, i) => 200 - i);
  expect([0, 0.5, 0.99, 1].map((share) => quantile(values, share))).toEqual([1, 100, 198, 200]);
  expect(quantile([], 0.5)).toBeNaN();
});

test('statuses are counted, no answer too', () => {
  const counts = countByStatus([answered(1, 429), answered(1), answered(1, 0), answered(1)]);
  expect([...counts]).toEqual([
    [0, 1],
    [200, 2],
    [429, 1],
  ]);
});

test('full speed is there from the first answer on that begins a quick run', () => {
  const times = [300, 200, 10, 100, 100, 12, 11, 10, 10, 11];
  expect(
    recoveredAfter(
      times.map((ms) => answered(ms)),
      { usual: 10 },
    ),
  ).toBe(500);
  expect(
    recoveredAfter(
      [10, 10, 10, 10, 10].map((ms) => answered(ms)),
      { usual: 10 },
    ),
  ).toBe(0);
  expect(
    recoveredAfter(
      [90, 90, 90, 90, 90, 90].map((ms) => answered(ms)),
      { usual: 10 },
    ),
  ).toBeUndefined();
});

test('a rate asks whether or not there are answers, clients wait for theirs', async () => {
  let [underWay, most] = [0, 0];
  const ask = async () => {
    most = Math.max(most, ++underWay);
    await new Promise((resolve) => setTimeout(resolve, 60));
    underWay--;
    return answered(60);
  };
  expect(await atRate(ask, { perSecond: 100, seconds: 0.2 })).toHaveLength(20);
  expect(most).toBeGreaterThan(3);
  most = 0;
  const answers = await inTurn(ask, { clients: 2, seconds: 0.2 });
  expect(most).toBe(2);
  expect(answers.length).toBeGreaterThanOrEqual(2);
});
