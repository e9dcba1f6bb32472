import { DeadlineError } from '../../../../core/errors.ts';
import { limitRun, SlowCanaryError } from '../../../../functions/http/run-limit.ts';

const never = () => new AbortController().signal;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test.each([
  ['production', DeadlineError],
  ['named', DeadlineError],
  ['canary', SlowCanaryError],
] as const)('a run of %s that takes too long is given up', async (role, fault) => {
  const { signal } = limitRun(role, { signal: never(), seconds: 0.005 });
  await pause(30);
  expect(signal.reason).toBeInstanceOf(fault);
});

test('the end of the request is the end of the run, and the reason', () => {
  const request = new AbortController();
  const { signal, clear } = limitRun('canary', { signal: request.signal, seconds: 60 });
  expect(signal.aborted).toBe(false);
  request.abort(new DeadlineError('over'));
  expect(signal.reason).toMatchObject({ message: 'over' });
  clear();
  const late = limitRun('canary', { signal: request.signal, seconds: 60 });
  expect(late.signal.aborted).toBe(true);
  late.clear();
});

test('after its end nothing gives it up', async () => {
  const request = new AbortController();
  const { signal, clear } = limitRun('production', { signal: request.signal, seconds: 0.005 });
  clear();
  request.abort();
  await pause(30);
  expect(signal.aborted).toBe(false);
});
