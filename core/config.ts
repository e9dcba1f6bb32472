/**
 * @module core/config
 * Every setting that the function app reads from its environment, checked at first use.
 */
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { ConfigurationError } from './errors.ts';

const whole = (lowest: number, highest: number) => z.coerce.number().int().min(lowest).max(highest);
const httpsUri = z.url({ protocol: /^https$/ });

/** Share of top-1 on the pictures held back that int8 may lose against float32, where nothing else is set. */
export const INT8_LARGEST_LOSS = 0.01;

/** What decides how functions are registered, and so is read when the app is loaded. */
const registrationSchema = z.object({
  /** What triggers on a new blob. Flex Consumption knows EventGrid only; Azurite sends no events. */
  BLOB_TRIGGER_SOURCE: z.enum(['EventGrid', 'LogsAndContainerScan']).default('EventGrid'),
  CLASSIFY_AUTH_LEVEL: z.enum(['anonymous', 'function', 'admin']).default('function'),
  /** When what never ended is swept away: six fields, seconds first, in UTC. */
  SWEEP_SCHEDULE: z
    .string()
    .regex(
      /^\s*[\d*,/A-Za-z-]+(\s+[\d*,/A-Za-z-]+){5}\s*$/,
      'must be a schedule of six fields, as 0 17 3 * * *',
    )
    .default('0 17 3 * * *'),
  /**
   * When it is decided whether to train anew: six fields, or `off`. Off by default: a training costs money, and needs a job
   * and a data set that a new deployment may not have.
   */
  RETRAIN_SCHEDULE: z
    .string()
    .regex(
      /^\s*(off|[\d*,/A-Za-z-]+(\s+[\d*,/A-Za-z-]+){5})\s*$/,
      'must be off, or a schedule of six fields, as 0 0 5 * * 1',
    )
    .default('off'),
  /** How often a training that goes on is looked at. */
  RETRAIN_WATCH_SCHEDULE: z
    .string()
    .regex(
      /^\s*[\d*,/A-Za-z-]+(\s+[\d*,/A-Za-z-]+){5}\s*$/,
      'must be a schedule of six fields, as 0 */5 * * * *',
    )
    .default('0 */5 * * * *'),
});

const number = z
  .string()
  .trim()
  .regex(/^(\d+\.?\d*|\.\d+)$/, 'write a plain number')
  .transform(Number);
const share = number.pipe(z.number().max(1, 'write a share from 0 to 1: .75 for 75 %'));

/**
 * What a version has to show before it serves. The defaults are for breeds like the 37 of the Oxford-IIIT Pet data set
 * (`starter/model` reaches 90 % and 99 % of the pictures held back, a network from scratch 28 % and 53 %).
 */
const gateSchema = z.object({
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

/** What classify fetches for a client, and what feedback takes. */
const intakeSchema = z.object({
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

const listOf = (text: string) => text.split(',').map((name) => name.trim());

/** Tokens in place of keys, for classify and feedback: docs/keys.md. */
const tokenSchema = z.object({
  /** Who issues them, exactly as in their `iss`. */
  AUTH_ISSUER: httpsUri.optional(),
  /** Who they are for: their `aud` is one of these, with commas between. */
  AUTH_AUDIENCE: z
    .string()
    .transform(listOf)
    .pipe(z.array(z.string().min(1, 'write one audience, or several with commas between')))
    .optional(),
  /** Where the issuer's keys are; without it its discovery document says. */
  AUTH_JWKS_URI: httpsUri.optional(),
  /** A scope or role that they must have. */
  AUTH_SCOPE: z
    .string()
    .regex(/^[!#-[\]-~]+$/, 'write the name of one scope or role')
    .optional(),
});

/** When a model is trained anew, and by what. A limit of 0 is none. */
const retrainSchema = z.object({
  /** Pictures of feedback accepted since the last training from which it pays to train. */
  RETRAIN_MIN_FEEDBACK: whole(0, 1_000_000).default(100),
  /** Days since the training of the version in production from which it is old. */
  RETRAIN_MAX_AGE_DAYS: whole(0, 10_000).default(180),
  /** Population stability index of the best scores, first days against last days; .25 is customary for a large change. */
  RETRAIN_MAX_DRIFT: number.pipe(z.number().max(10)).default(0.25),
  /** Days of each of the two windows. */
  RETRAIN_DRIFT_DAYS: whole(1, 90).default(7),
  /** Answers that each window needs: with fewer, chance alone moves the index. */
  RETRAIN_DRIFT_MIN_ANSWERS: whole(1, 1_000_000).default(500),
  /** Hours after the end of a training in which the schedule starts no other. */
  RETRAIN_PAUSE_HOURS: whole(0, 10_000).default(24),
  /** Minutes after which a training that doesn't end is given up. More than the job's own time-out. */
  RETRAIN_TIMEOUT_MINUTES: number.pipe(z.number().positive().max(10_080)).default(360),
  /** Tries to start a training. GPU jobs can fail before their image is pulled. */
  RETRAIN_MAX_ATTEMPTS: whole(1, 10).default(3),
  /** A job that failed within so many minutes has not trained: it is tried again. */
  RETRAIN_EARLY_FAILURE_MINUTES: number.pipe(z.number().max(1440)).default(10),
  /** The Container Apps job that trains. Without it and without RETRAIN_COMMAND nothing is trained from here. */
  RETRAIN_JOB_NAME: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,30}[a-z0-9]$/, 'must be the name of a Container Apps job')
    .optional(),
  /** What trains where there is no job, on a developer's machine: a program and its arguments, an array in JSON. */
  RETRAIN_COMMAND: z
    .string()
    .transform((text, context) => {
      try {
        return z.array(z.string().min(1)).min(1).parse(JSON.parse(text));
      } catch {
        context.addIssue({ code: 'custom', message: 'must be an array in JSON, as ["node", "train.js"]' });
        return z.NEVER;
      }
    })
    .optional(),
  RETRAIN_SUBSCRIPTION_ID: z.uuid({ error: 'must be the id of a subscription' }).optional(),
  RETRAIN_RESOURCE_GROUP: z.string().min(1).max(90).optional(),
  /** Client id of the identity that starts the job; without it that of MODEL_STORAGE. */
  RETRAIN_CLIENT_ID: z.string().min(1).optional(),
  /** Azure Resource Manager: another in national clouds. */
  RETRAIN_ARM_ENDPOINT: z
    .string()
    .regex(
      /^(https:\/\/[a-z0-9.-]+(:\d+)?|http:\/\/127\.0\.0\.1:\d+)\/?$/,
      'must be an https address without a path, as https://management.azure.com',
    )
    .transform((address) => address.replace(/\/$/, ''))
    .default('https://management.azure.com'),
  /** With RETRAIN_COMMAND: where is kept what runs. */
  RETRAIN_FOLDER: z.string().min(1).default('.state/retrain'),
});

/** What is told of the work: docs/telemetry.md. Names of OpenTelemetry and Application Insights are theirs. */
const telemetrySchema = z.object({
  /** `true` leaves out spans and figures. */
  OTEL_SDK_DISABLED: z
    .string()
    .default('false')
    .transform((text) => text.toLowerCase() === 'true'),
  /** Where spans go beside Application Insights. */
  OTEL_TRACES_EXPORTER: z.enum(['none', 'console']).default('none'),
  OTEL_SERVICE_NAME: z.string().min(1).max(100).default('pawprint'),
  /** Where spans and figures go on Azure. */
  APPLICATIONINSIGHTS_CONNECTION_STRING: z
    .string()
    .regex(/^\s*(\w+=[^;]*;)*InstrumentationKey=/i, 'must be the connection string of Application Insights')
    .optional(),
  /** `Authorization=AAD`, with `ClientId=…` of a user-assigned identity: the app signs in, and the key alone opens nothing. */
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: z
    .string()
    .regex(/^(ClientId=[\w-]+;)?Authorization=AAD;?$/i, 'must look like ClientId=…;Authorization=AAD')
    .transform((text) => ({ clientId: /^ClientId=([\w-]+)/i.exec(text)?.[1] }))
    .optional(),
  /** A line in the log for each request, for those that failed here only, or none. */
  REQUEST_LOG: z.enum(['all', 'errors', 'off']).default('all'),
  /** Every so many seconds an instance writes how sure the models were. */
  SCORES_REPORT_SECONDS: z.coerce.number().min(1).max(86_400).default(300),
});

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

/** Half of the settings must never look like tokens that are asked for. */
function checkTokens(
  settings: z.infer<typeof tokenSchema> & z.infer<typeof registrationSchema>,
  context: z.RefinementCtx,
): void {
  const { AUTH_ISSUER, AUTH_AUDIENCE, AUTH_JWKS_URI, AUTH_SCOPE, CLASSIFY_AUTH_LEVEL } = settings;
  const complain = (name: string, message: string) =>
    context.addIssue({ code: 'custom', path: [name], message });
  const isAsked = [AUTH_ISSUER, AUTH_AUDIENCE, AUTH_JWKS_URI, AUTH_SCOPE].some(
    (value) => value !== undefined,
  );
  if (!isAsked) return;
  if (AUTH_ISSUER === undefined) complain('AUTH_ISSUER', 'set it too: who issues the tokens, by https');
  if (AUTH_AUDIENCE === undefined) complain('AUTH_AUDIENCE', 'set it too: who the tokens are for');
  if (CLASSIFY_AUTH_LEVEL !== 'anonymous') {
    complain(
      'CLASSIFY_AUTH_LEVEL',
      'set anonymous: tokens take the place of keys, and the host would ask for a key before',
    );
  }
}

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

/** The settings of this process, checked once. Throws {@link ConfigurationError}. */
export function config(): Config {
  current ??= parseConfig(process.env);
  return current;
}
