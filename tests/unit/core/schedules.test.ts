import { isSchedule, isScheduleOrOff, setWrongSchedulesAside } from '../../../core/settings/schedules.ts';

test.each([
  '0 17 3 * * *',
  '*/10 * * * * *',
  '0 0 5 * * 1',
  '30 0,15-45/5 0 1 JAN-mar MON,Fri',
  ' 0  59 23 31 12 6 ',
])('takes %j', (text) => {
  expect(isSchedule(text)).toBe(true);
});

test.each([
  'off',
  'daily',
  '@daily',
  '17 3 * * *',
  '0 17 3 * * * 2026',
  '60 * * * * *',
  '* 60 * * * *',
  '* * 24 * * *',
  '* * * 0 * *',
  '* * * 32 * *',
  '* * * * 13 *',
  '* * * * * 7',
  '* * * * MON *',
  '* * * * * JAN',
  '* * * * * FRI-MON',
  '*/0 * * * * *',
  '*-5 * * * * *',
  '1,,2 * * * * *',
  '1- * * * * *',
  '* * * L * *',
  '-1 * * * * *',
])('refuses %j', (text) => {
  expect(isSchedule(text)).toBe(false);
});

test('only off is no schedule and none wanted', () => {
  expect(isScheduleOrOff(' off ')).toBe(true);
  expect(isScheduleOrOff('never')).toBe(false);
});

test('sets aside what is wrong, and names each with its value', () => {
  const right = {
    SWEEP_SCHEDULE: '',
    RETRAIN_SCHEDULE: 'off',
    RETRAIN_WATCH_SCHEDULE: '0 */5 * * * *',
    A: 'b',
  };
  expect(setWrongSchedulesAside(right)).toEqual({ env: right, faults: new Map() });
  const wrong = {
    SWEEP_SCHEDULE: 'off',
    RETRAIN_SCHEDULE: '0 5 * * 1',
    RETRAIN_WATCH_SCHEDULE: 'soon',
    A: 'b',
  };
  const { env, faults } = setWrongSchedulesAside(wrong);
  expect(env).toEqual({ A: 'b' });
  expect([...faults.keys()]).toEqual(['SWEEP_SCHEDULE', 'RETRAIN_SCHEDULE', 'RETRAIN_WATCH_SCHEDULE']);
  expect(faults.get('RETRAIN_SCHEDULE')).toContain(
    'is "0 5 * * 1", expected off, or a schedule of six fields',
  );
});
