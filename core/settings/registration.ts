/**
 * @module core/settings/registration
 * How functions are registered with the host.
 */
import { z } from 'zod';
import { isSchedule, isScheduleOrOff } from './schedules.ts';

const schedule = z.string().refine(isSchedule, 'must be a schedule of six fields, as 0 17 3 * * *');

/** What decides how functions are registered, and so is read when the app is loaded. */
export const registrationSchema = z.object({
  /** What triggers on a new blob. Flex Consumption knows EventGrid only; Azurite sends no events. */
  BLOB_TRIGGER_SOURCE: z.enum(['EventGrid', 'LogsAndContainerScan']).default('EventGrid'),
  CLASSIFY_AUTH_LEVEL: z.enum(['anonymous', 'function', 'admin']).default('function'),
  /** When what never ended is swept away: six fields, seconds first, in UTC. */
  SWEEP_SCHEDULE: schedule.default('0 17 3 * * *'),
  /**
   * When it is decided whether to train anew: six fields, or `off`. Off by default: a training costs money, and needs a job
   * and a data set that a new deployment may not have.
   */
  RETRAIN_SCHEDULE: z
    .string()
    .refine(isScheduleOrOff, 'must be off, or a schedule of six fields, as 0 0 5 * * 1')
    .default('off'),
  /** How often a training that goes on is looked at. */
  RETRAIN_WATCH_SCHEDULE: schedule.default('0 */5 * * * *'),
});
