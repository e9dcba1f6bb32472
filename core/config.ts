/**
 * @module core/config
 * Every setting that the function app reads from its environment, checked at first use.
 */
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { ConfigurationError } from './errors.ts';

const whole = (lowest: number, highest: number) => z.coerce.number().int().min(lowest).max(highest);
const httpsUri = z.url({ protocol: /^https$/ });

/** What decides how functions are registered, and so is read when the app is loaded. */
const registrationSchema = z.object({
  /** What triggers on a new blob. Flex Consumption knows EventGrid only; Azurite sends no events. */
  BLOB_TRIGGER_SOURCE: z.enum(['EventGrid', 'LogsAndContainerScan']).default('EventGrid'),
  CLASSIFY_AUTH_LEVEL: z.enum(['anonymous', 'function', 'admin']).default('function'),
});

const configSchema = registrationSchema
  .extend({
    /** Where models are: a connection string (local), or the four settings of an identity-based connection (Azure). */
    MODEL_STORAGE: z.string().min(1).optional(),
    MODEL_STORAGE__blobServiceUri: httpsUri.optional(),
    MODEL_STORAGE__queueServiceUri: httpsUri.optional(),
    MODEL_STORAGE__credential: z.literal('managedidentity').optional(),
    MODEL_STORAGE__clientId: z.string().min(1).optional(),
    /** Photographs in work at once; by default one for each processor. */
    CLASSIFY_CONCURRENCY: whole(1, 64).default(availableParallelism()),
    /** Photographs that may wait for their turn before 429 is answered. */
    CLASSIFY_QUEUE: whole(0, 1000).default(16),
    /** Seconds until 504; well below host.json's functionTimeout, which would restart the worker. */
    CLASSIFY_DEADLINE_SECONDS: z.coerce.number().min(0.1).max(100).default(20),
    /** Age in seconds from which the pointer to production is looked at again. */
    POINTER_MAX_AGE_SECONDS: z.coerce.number().min(0).max(3600).default(15),
  })
  .superRefine((settings, context) => {
    if (settings.MODEL_STORAGE === undefined && settings.MODEL_STORAGE__blobServiceUri === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['MODEL_STORAGE'],
        message: 'set a connection string, or MODEL_STORAGE__blobServiceUri for a managed identity',
      });
    }
  });

export type Config = z.infer<typeof configSchema>;
export type RegistrationConfig = z.infer<typeof registrationSchema>;
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks the settings in `env`. Empty values count as not set. Throws {@link ConfigurationError}
 * that names each setting that is wrong, and what it should be.
 */
export function parseConfig(env: Environment): Config {
  return parse(configSchema, env);
}

/**
 * The settings by which functions are registered, and only those: another that is wrong answers a request
 * with its name, where a throw at load would leave the app without any function. Throws {@link ConfigurationError}.
 */
export function parseRegistrationConfig(env: Environment): RegistrationConfig {
  return parse(registrationSchema, env);
}

function parse<T>(schema: z.ZodType<T>, env: Environment): T {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(set);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new ConfigurationError(
    `Settings are wrong:\n${lines.join('\n')}\nLocally they are in local.settings.json (see local.settings.sample.json), on Azure in the app settings.`,
  );
}

let current: Config | undefined;

/** The settings of this process, checked once. Throws {@link ConfigurationError}. */
export function config(): Config {
  current ??= parseConfig(process.env);
  return current;
}
