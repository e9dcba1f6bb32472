/**
 * @module scripts/host/schedule
 * The schedule of a timer: NCRONTAB with six fields (seconds first) or five, in UTC, or a time span.
 */
import { Cron } from 'croner';
import { parseDuration } from './host-json.ts';

export interface Schedule {
  /** The expression as it is logged. */
  text: string;
  next(after: Date): Date;
  /** Shorter than a minute: the host then keeps no state of it. */
  isFrequent: boolean;
}

const NAMES = 'JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|SUN|MON|TUE|WED|THU|FRI|SAT';
/** croner knows more (L, W, #, nicknames) than NCRONTAB: what Azure would refuse is refused here. */
const FIELD = new RegExp(`^(?:[\\d*,/-]|${NAMES})+$`, 'i');

/** Parses an expression. Throws the real host's message when it is none. */
export function parseSchedule(expression: string): Schedule {
  const span = parseDuration(expression);
  if (span !== undefined && span > 0) {
    return {
      text: expression,
      next: (after) => new Date(after.getTime() + span),
      isFrequent: span < 60_000,
    };
  }
  const cron = parseCron(expression);
  if (!cron) {
    throw new Error(
      `The schedule expression '${expression}' was not recognized as a valid cron expression or timespan string.`,
    );
  }
  const next = (after: Date) => cron.nextRun(after) ?? new Date(8.64e15);
  const first = next(new Date());
  return {
    text: expression,
    next,
    isFrequent: next(first).getTime() - first.getTime() < 60_000,
  };
}

/** NCRONTAB wants day of month and day of week both to match, where classic cron takes either. */
function parseCron(expression: string): Cron | undefined {
  const fields = expression.trim().split(/\s+/);
  if ((fields.length !== 5 && fields.length !== 6) || !fields.every((field) => FIELD.test(field)))
    return undefined;
  try {
    return new Cron(fields.join(' '), { timezone: 'UTC', domAndDow: true, sloppyRanges: true, paused: true });
  } catch {
    return undefined;
  }
}
