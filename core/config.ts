/**
 * @module core/config
 * Every setting that the function app reads from its environment, checked at first use. `core/settings/` has them by kind.
 */
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { ConfigurationError } from './errors.ts';
import { httpsUri, whole } from './settings/fields.ts';
import { gateSchema } from './settings/gates.ts';
import { intakeSchema } from './settings/intake.ts';
import { registrationSchema } from './settings/registration.ts';
import { retrainSchema } from './settings/retrain.ts';
import { setWrongSchedulesAside } from './settings/schedules.ts';
import { telemetrySchema } from './settings/telemetry.ts';
import { checkTokens, tokenSchema } from './settings/tokens.ts';

const configSchema = registrationSchema
  .extend(gateSchema.shape)
  .extend(intakeSchema.shape)
  .extend(telemetrySchema.shape)
  .extend(retrainSchema.shape)
  .extend(tokenSchema.shape)
  .extend({
    /** Where models are: a connection string (local), or the four settings of an identity-based connection (Azure). */
    MODEL_STORAGE: z.string().min(1).optional(),
    MODEL_STORAGE__blobServiceUri: httpsUri.optional(),
    MODEL_STORAGE__queueServiceUri: httpsUri.optional(),
    MODEL_STORAGE__credential: z.literal('managedidentity').optional(),
    MODEL_STORAGE__clientId: z.string().min(1).optional(),
    /** Weights of the largest network that is converted; the default keeps within 512 MB of memory. */
    CONVERT_MOST_WEIGHTS: whole(1, 1_000_000_000).default(9_000_000),
    /** Photographs in work at once; by default one for each processor. */
    CLASSIFY_CONCURRENCY: whole(1, 64).default(availableParallelism()),
    /**
     * Photographs that may wait for their turn before 429 is answered; by default as many as are in work. Under load the
     * last of them waits for its own time once for each that is ahead of it in its slot: with as many, an answer takes
     * about twice as long as usual.
     */
    CLASSIFY_QUEUE: whole(0, 1000).optional(),
    /** Seconds until 504; well below host.json's functionTimeout, which would restart the worker. */
    CLASSIFY_DEADLINE_SECONDS: z.coerce.number().min(0.1).max(100).default(20),
    /** Age in seconds from which the pointer to production is looked at again. */
    POINTER_MAX_AGE_SECONDS: z.coerce.number().min(0).max(3600).default(15),
    /** Every so many seconds an instance writes how the shadow answered beside production. */
    SHADOW_REPORT_SECONDS: z.coerce.number().min(1).max(3600).default(60),
  })
  .superRefine((settings, context) => {
    if (settings.MODEL_STORAGE === undefined && settings.MODEL_STORAGE__blobServiceUri === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['MODEL_STORAGE'],
        message: 'set a connection string, or MODEL_STORAGE__blobServiceUri for a managed identity',
      });
    }
  })
  .superRefine(checkTokens)
  .transform((settings) => ({
    ...settings,
    CLASSIFY_QUEUE: settings.CLASSIFY_QUEUE ?? settings.CLASSIFY_CONCURRENCY,
  }));

export type Config = z.infer<typeof configSchema>;
export type GateConfig = z.infer<typeof gateSchema>;
export type TelemetryConfig = z.infer<typeof telemetrySchema>;
export type RetrainConfig = z.infer<typeof retrainSchema>;
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

/** The thresholds of the gates alone, for who judges a version without the function app. Throws {@link ConfigurationError}. */
export function parseGateConfig(env: Environment): GateConfig {
  return parse(gateSchema, env);
}

/** The settings of telemetry alone: it is there before anything else is. Throws {@link ConfigurationError}. */
export function parseTelemetryConfig(env: Environment): TelemetryConfig {
  return parse(telemetrySchema, env);
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

/**
 * The settings of this process, checked once. Throws {@link ConfigurationError}, but not for a schedule: the timer of a wrong
 * one isn't registered (functions/settings), and everything else goes on.
 */
export function config(): Config {
  current ??= parseConfig(setWrongSchedulesAside(process.env).env);
  return current;
}
