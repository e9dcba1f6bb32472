/**
 * @module core/version
 * Names of model versions: `yyyymmddThhmmssZ-` and eight hex digits of the content's hash. They sort by
 * time, and two trainings in the same second don't collide.
 */
import { z } from 'zod';
import { BadRequestError } from './errors.ts';

const VERSION_PATTERN = /^\d{8}T\d{6}Z-[0-9a-f]{8}$/;

export const versionSchema = z
  .string()
  .regex(VERSION_PATTERN, 'must look like 20261125T081500Z-1c9f00aa')
  .describe('yyyymmddThhmmssZ and eight hex digits of the SHA-256 of the content');

export function isVersion(text: string): boolean {
  return VERSION_PATTERN.test(text);
}

/** Returns `text` if it names a version. Throws {@link BadRequestError} otherwise, before it gets into a path. */
export function parseVersion(text: string): string {
  if (isVersion(text)) return text;
  throw new BadRequestError(
    `${JSON.stringify(text.slice(0, 60))} is not a model version. A version looks like 20261125T081500Z-1c9f00aa; GET /api/breeds names the one that answers now.`,
  );
}

/** The version of content made at `createdAt` (UTC, to the second) whose hash is `contentHash` (hex). */
export function makeVersion(createdAt: Date, contentHash: string): string {
  return `${compactTime(createdAt)}-${contentHash.slice(0, 8)}`;
}

/** The time in a version's name. */
export function timeOfVersion(version: string): Date {
  const [, year, month, day, hour, minute, second] = /^(....)(..)(..)T(..)(..)(..)Z/.exec(version)!;
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** `yyyymmddThhmmssZ`, by which names sort. */
export function compactTime(at: Date): string {
  return at.toISOString().replace(/[-:]|\.\d+/g, '');
}
