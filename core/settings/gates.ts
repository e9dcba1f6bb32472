/**
 * @module core/settings/gates
 * What a version has to show before it serves.
 */
import { z } from 'zod';
import { number, share, whole } from './fields.ts';

/** Share of top-1 on the pictures held back that int8 may lose against float32, where nothing else is set. */
export const INT8_LARGEST_LOSS = 0.01;

/**
 * What a version has to show before it serves. The defaults are for breeds like the 37 of the Oxford-IIIT Pet data set
 * (`starter/model` reaches 90 % and 99 % of the pictures held back, a network from scratch 28 % and 53 %).
 */
export const gateSchema = z.object({
  /** Least share of the pictures held back of which the best answer is right. */
  GATE_MIN_TOP1: share.default(0.75),
  /** Least share of which the truth is among the three best. */
  GATE_MIN_TOP3: share.default(0.92),
  /** A breed is refused of which even the upper end of the 95 % interval of its recall is lower. */
  GATE_MIN_BREED_RECALL: share.default(0.5),
  /** Fewest pictures held back. None is never enough. */
  GATE_MIN_PICTURES: whole(1, 1_000_000).default(1),
  /** Least share on which int8 names the same breed as float32, else float32 serves. */
  GATE_MIN_AGREEMENT: share.default(0.98),
  /** Share of top-1 that int8 may lose without a test, else float32 serves. */
  GATE_MAX_INT8_LOSS: share.default(INT8_LARGEST_LOSS),
  /** Share of top-1 and top-3 that may be lost against production without a test. */
  GATE_MAX_LOSS: share.default(0.01),
  /** So many pictures held back by both are compared in pairs, though the sets differ. 100 show a loss of 5 points at best. */
  GATE_MIN_SHARED_PICTURES: whole(1, 1_000_000).default(100),
  /** Expected calibration error beyond what chance gives on so many pictures. */
  GATE_MAX_ECE: share.default(0.03),
  /** Time of an answer over that of production from which the record warns. */
  GATE_MAX_LATENCY_RATIO: number.pipe(z.number().positive()).default(1.5),
  /** Size of the file that serves, in MB of a million bytes. */
  GATE_MAX_MEGABYTES: number.pipe(z.number().positive().max(400)).default(100),
  /** Whether a version with other labels than production's may take over by itself. */
  GATE_LABELS: z.enum(['same', 'any']).default('same'),
});
