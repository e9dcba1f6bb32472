/**
 * @module core/settings/intake
 * What is fetched for clients, and what they may send.
 */
import { z } from 'zod';
import { whole } from './fields.ts';

/** What classify fetches for a client, and what feedback takes. */
export const intakeSchema = z.object({
  /** Hosts that photographs are fetched from, by `{"url": …}`: names with commas between, `*.example.org` for all below. */
  CLASSIFY_URL_HOSTS: z
    .string()
    .default('')
    .transform((text) => text.split(',').map((host) => host.trim().toLowerCase()))
    .transform((hosts) => hosts.filter((host) => host !== ''))
    .pipe(
      z.array(
        z
          .string()
          .regex(
            /^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+$/,
            'write host names with commas between, as photos.example.org, *.example.net',
          ),
      ),
    ),
  /** Pieces of feedback that an instance takes in a minute before it answers 429. */
  FEEDBACK_PER_MINUTE: whole(1, 100_000).default(60),
});
