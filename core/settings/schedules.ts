/**
 * @module core/settings/schedules
 * When timers fire: NCRONTAB, six fields with seconds first, in UTC.
 */

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

interface Field {
  lowest: number;
  highest: number;
  /** From `lowest` on. */
  names?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { lowest: 0, highest: 59 },
  { lowest: 0, highest: 59 },
  { lowest: 0, highest: 23 },
  { lowest: 1, highest: 31 },
  { lowest: 1, highest: 12, names: MONTHS },
  { lowest: 0, highest: 6, names: DAYS },
];

const SCHEDULES = ['SWEEP_SCHEDULE', 'RETRAIN_SCHEDULE', 'RETRAIN_WATCH_SCHEDULE'] as const;
export type ScheduleName = (typeof SCHEDULES)[number];

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether a timer can be made of `text`. Five fields would be taken by a local host, and not be what is meant on Azure. */
export function isSchedule(text: string): boolean {
  const fields = text.trim().split(/\s+/);
  return fields.length === FIELDS.length && FIELDS.every((field, i) => isField(fields[i]!, field));
}

/** As {@link isSchedule}; also `off` for RETRAIN_SCHEDULE. */
export function isScheduleOrOff(text: string): boolean {
  return text.trim() === 'off' || isSchedule(text);
}

/**
 * The environment without the schedules in it that are wrong, and a sentence for each of those. A timer that can't be made
 * is no reason not to answer photographs: who reads the rest goes on, and who would count on the timer is told.
 */
export function setWrongSchedulesAside(env: Environment): {
  env: Environment;
  faults: ReadonlyMap<ScheduleName, string>;
} {
  const faults = new Map<ScheduleName, string>();
  for (const name of SCHEDULES) {
    const text = env[name] ?? '';
    const mayBeOff = name === 'RETRAIN_SCHEDULE';
    if (text === '' || (mayBeOff ? isScheduleOrOff(text) : isSchedule(text))) continue;
    const expected = `${mayBeOff ? 'off, or ' : ''}a schedule of six fields, seconds first, as 0 17 3 * * *`;
    faults.set(name, `${name} is ${JSON.stringify(text)}, expected ${expected}.`);
  }
  const kept = Object.entries(env).filter(([name]) => !faults.has(name as ScheduleName));
  return { env: Object.fromEntries(kept), faults };
}

/** A list with commas of `*`, a value or a range, each with a step or without. */
function isField(text: string, field: Field): boolean {
  return text.split(',').every((part) => {
    const [, first, last, step] = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part) ?? [];
    if (first === undefined || (step !== undefined && Number(step) === 0)) return false;
    if (first === '*') return last === undefined;
    const from = numberOf(first, field);
    const to = last === undefined ? from : numberOf(last, field);
    return from >= field.lowest && to <= field.highest && from <= to;
  });
}

/** NaN for what is neither a number nor a name, which is in no range. */
function numberOf(text: string, { lowest, names = [] }: Field): number {
  if (/^\d+$/.test(text)) return Number(text);
  const at = names.indexOf(text.toLowerCase());
  return at < 0 ? Number.NaN : at + lowest;
}
