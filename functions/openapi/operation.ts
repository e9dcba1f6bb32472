/**
 * @module functions/openapi/operation
 * What the document says of one operation, in the terms of this service.
 */
import type { z } from 'zod';

/** The level of key that a function asks for, or a token in place of one. */
export type Level = 'anonymous' | 'function' | 'admin' | 'token';

/** A body in one media type: a zod schema, or `binary` for bytes that no schema describes. */
export interface Media {
  schema: z.ZodType | 'binary' | 'text';
  /** Examples that work as they are, by name. */
  examples?: Record<string, unknown>;
}

/** What the answer is good for next: a parameter of another operation that is a value in the body, as `$response.body#/id`. */
export interface Link {
  operationId: string;
  parameters: Record<string, string>;
}

export interface Answer {
  description: string;
  /** By media type; none for an answer without a body. */
  content?: Record<string, Media>;
  headers?: Record<string, string>;
  links?: Record<string, Link>;
}

export interface Operation {
  method: 'get' | 'post' | 'delete';
  /** With the host's prefix, and parameters in braces. */
  path: string;
  operationId: string;
  tag: TagName;
  summary: string;
  description?: string;
  level: Level;
  parameters?: Partial<Record<'path' | 'query' | 'header', z.ZodObject>>;
  body?: { description: string; required: boolean; content: Record<string, Media> };
  /** What it answers when all went well, by status. */
  answers: Record<number, Answer>;
  /** What else can happen, by status: problem documents. 500, and 401 where a key is asked for (403 too, a token), are always added. */
  problems?: Record<number, string>;
}

export const TAGS = {
  photographs: 'Photographs in, breeds out.',
  feedback: 'What people say the right answer would have been.',
  models: 'Versions of the model, for who runs the service.',
  service: 'Whether the service answers.',
  documents: 'What describes the service, and the pages for people.',
} as const;
export type TagName = keyof typeof TAGS;

/** An answer in JSON of one schema. */
export function json(description: string, schema: z.ZodType): Answer {
  return { description, content: { 'application/json': { schema } } };
}
