/**
 * @module scripts/bicep/code-facts
 * What the templates must know of the code, taken from the code.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../../core/config.ts';
import { POISON_QUEUE } from '../../core/lifecycle/poison-message.ts';
import { VERSION_FAILED_EVENT } from '../../core/lifecycle/record-failure.ts';
import { FILE } from '../../core/manifest.ts';
import { CONTAINERS, STEP_CONTAINER } from '../../core/storage/names.ts';
import { readSettings } from '../../training/read-settings.ts';

export interface CodeFacts {
  containers: readonly string[];
  poisonQueue: string;
  marker: string;
  versionFailedEvent: string;
  retrainFailedEvent: string;
  /** The blob triggers: name, container, connection. */
  triggers: { name: string; container: string; path: string; connection: string }[];
  /** Settings that the function app reads. */
  appSettings: ReadonlySet<string>;
  /** Variables that the training job reads, beside those of `isTrainingSetting`. */
  jobVariables: ReadonlySet<string>;
  /** Whether a variable is a setting of a training. */
  isTrainingSetting(name: string): boolean;
  /** What is wrong with settings of the function app, or undefined. */
  complaintOf(settings: Readonly<Record<string, string>>): string | undefined;
  /** Routes of the service. */
  routes: readonly string[];
  /** Version of Node.js that everything is tested with. */
  node: string;
}

/** Facts of the code in the repository at `root`. */
export function readCodeFacts(root: string): CodeFacts {
  const functions = readFolder(join(root, 'functions'));
  const job = `${readFileSync(join(root, 'training', 'entrypoint.ts'), 'utf8')}${readFolder(join(root, 'training', 'container'))}`;
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return {
    containers: CONTAINERS,
    poisonQueue: POISON_QUEUE,
    marker: FILE.manifest,
    versionFailedEvent: VERSION_FAILED_EVENT,
    retrainFailedEvent: retrainEventIn(readFolder(join(root, 'core', 'retrain'))),
    triggers: Object.entries(STEP_CONTAINER).map(([name, container]) => ({
      name,
      container,
      ...triggerIn(functions, name),
    })),
    appSettings: new Set(
      settingsIn(
        readFileSync(join(root, 'core', 'config.ts'), 'utf8') + readFolder(join(root, 'core', 'settings')),
      ),
    ),
    jobVariables: new Set(variablesIn(job)),
    isTrainingSetting: (name) => name.startsWith('TRAIN_') && isTrainingSetting(name),
    complaintOf: (settings) => {
      try {
        parseConfig(settings);
        return undefined;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
    routes: [...functions.matchAll(/\broute: '([^']+)'/g)].map(([, route]) => route!),
    node: /\d+/.exec(devDependencies.node)![0],
  };
}

/** Keys of the schemas of core/config.ts and core/settings/, each at the begin of a line. */
function settingsIn(source: string): string[] {
  return [...source.matchAll(/^\s+([A-Z][A-Z0-9]*_[A-Za-z0-9_]+):/gm)].map(([, name]) => name!);
}

/** Variables by which the code of the training job asks its environment, and keys of lists of them. */
function variablesIn(source: string): string[] {
  const asked = source.matchAll(/\benv\.([A-Z][A-Za-z0-9_]+)|^\s+([A-Z]+_[A-Z_]+): '/gm);
  return [...asked].map(([, name, key]) => (name ?? key)!);
}

/** A name that is none comes back as unknown; a value that is wrong throws, and so is of a name that is one. */
function isTrainingSetting(name: string): boolean {
  try {
    return !readSettings([], { [name]: 'x' }).unknown.includes(name);
  } catch {
    return true;
  }
}

function triggerIn(source: string, name: string): { path: string; connection: string } {
  const found = new RegExp(
    `app\\.storageBlob\\('${name}', \\{\\s*path: '([^']+)',\\s*connection: '([^']+)'`,
  ).exec(source);
  if (found === null)
    throw new Error(`functions/ has no blob trigger ${name} of the form that is looked for.`);
  return { path: found[1]!, connection: found[2]! };
}

/** With what the line begins that is logged when a training failed. */
function retrainEventIn(source: string): string {
  const found = /\blog\(`(\w+Failed) \$\{JSON/.exec(source);
  if (found === null)
    throw new Error('core/retrain logs no line of a training that failed, as is looked for.');
  return found[1]!;
}

function readFolder(folder: string): string {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => readFileSync(join(folder, entry.name), 'utf8'))
    .join('\n');
}
