/**
 * @module scripts/stack/settings
 * The settings of the local function app, checked before anything is started.
 */
import { parseConfig } from '../../core/config.ts';
import { ConfigurationError, messageOf } from '../../core/errors.ts';
import { readLocalSettings } from '../host/settings.ts';
import { ROOT } from '../paths.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the local stack sets itself, whatever the environment says. */
export function appSettings(connectionString: string, env: Environment): Record<string, string> {
  return {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AzureWebJobsStorage: connectionString,
    MODEL_STORAGE: connectionString,
    BLOB_TRIGGER_SOURCE: 'LogsAndContainerScan',
    ...(env.POINTER_MAX_AGE_SECONDS === undefined ? { POINTER_MAX_AGE_SECONDS: '2' } : {}),
  };
}

/**
 * Checks what the function app will find: `settings`, else the environment, else local.settings.json in `root`. The
 * function app checks the same at its first use, when Azurite and the host are up and the reason is one line of a log.
 * Throws {@link ConfigurationError} that names each setting that is wrong.
 */
export function checkSettings(
  settings: Record<string, string>,
  { env, root = ROOT }: { env: Environment; root?: string },
): void {
  const { values } = readLocal(root);
  const inherited = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
  parseConfig({ ...values, ...inherited, ...settings });
}

function readLocal(root: string): ReturnType<typeof readLocalSettings> {
  try {
    return readLocalSettings(root);
  } catch (error) {
    throw new ConfigurationError(`${messageOf(error)}. Mend it, or take it away.`, { cause: error });
  }
}
