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

const configSchema = registrationSchema
  .extend(gateSchema.shape)
  .extend(intakeSchema.shape)
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
    /** Photographs that may wait for their turn before 429 is answered. */
    CLASSIFY_QUEUE: whole(0, 1000).default(16),
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
  });

export type Config = z.infer<typeof configSchema>;
export type GateConfig = z.infer<typeof gateSchema>;
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
