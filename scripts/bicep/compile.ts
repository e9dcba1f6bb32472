/**
 * @module scripts/bicep/compile
 * Compiles the templates: their form, what the linter says, and a snapshot of each variant.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { messageOf } from '../../core/errors.ts';
import { type Compiler, CompilerError } from './compiler.ts';
import { setVariables } from './parameters.ts';
import type { Snapshot } from './resources.ts';
import { CompilerServer, type Diagnostic } from './server.ts';
import {
  ENVIRONMENT_NAME,
  LOCATION,
  RESOURCE_GROUP,
  SUBSCRIPTION,
  TENANT,
  VARIANTS,
  type Variant,
} from './variants.ts';

export interface Compiled {
  /** What the compiler and its linter say: file, line and text. Nothing is wanted, and the compiler alone ends well with warnings. */
  diagnostics: string[];
  /** Files that `bicep format` would change. */
  unformatted: string[];
  /** By the name of the variant. Empty where something doesn't compile. */
  snapshots: Record<string, Snapshot>;
  /** The ARM templates, by the file that they are compiled from. */
  templates: Record<string, string>;
}

/** Files that are compiled by themselves; the modules come with them. */
const TEMPLATES = ['main.bicep', 'blob-events.bicep'] as const;
const PARAMETERS = 'main.bicepparam';

/** Compiles what is in the folder `infra`, which stays as it is. Throws {@link CompilerError}. */
export async function compile(
  compiler: Compiler,
  infra: string,
  { variants = VARIANTS }: { variants?: readonly Variant[] } = {},
): Promise<Compiled> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pawprint-bicep-')));
  const server = new CompilerServer(compiler);
  try {
    cpSync(infra, folder, { recursive: true });
    const compiled: Compiled = { diagnostics: [], unformatted: [], snapshots: {}, templates: {} };
    for (const template of TEMPLATES) {
      const { diagnostics, contents } = await server.compile(join(folder, template));
      compiled.diagnostics.push(...diagnostics.map((diagnostic) => lineOf(diagnostic, folder)));
      if (contents !== null) compiled.templates[template] = contents;
    }
    compiled.unformatted = await findUnformatted(server, folder);
    if (Object.keys(compiled.templates).length < TEMPLATES.length) return compiled;
    for (const variant of variants) {
      compiled.snapshots[variant.name] = await takeSnapshot(server, folder, variant);
    }
    return compiled;
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the compiler says against each of `variants`, by its name; undefined where it takes it. */
export async function refusals(
  compiler: Compiler,
  infra: string,
  variants: readonly Variant[],
): Promise<Record<string, string | undefined>> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pawprint-bicep-')));
  const server = new CompilerServer(compiler);
  const said: Record<string, string | undefined> = {};
  try {
    cpSync(infra, folder, { recursive: true });
    for (const variant of variants) {
      said[variant.name] = await takeSnapshot(server, folder, variant).then(
        () => undefined,
        (error: unknown) => messageOf(error),
      );
    }
    return said;
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function lineOf({ source, range, level, code, message }: Diagnostic, folder: string): string {
  return `${relative(folder, source)}:${range.start.line + 1} ${level} ${code}: ${message}`;
}

async function findUnformatted(server: CompilerServer, folder: string): Promise<string[]> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.bicep(param)?$/.test(file),
  );
  const unformatted: string[] = [];
  for (const file of files.sort()) {
    const text = readFileSync(join(folder, file), 'utf8');
    if ((await server.format(join(folder, file))) !== text) unformatted.push(file);
  }
  return unformatted;
}

/** The compiler reads the environment that it was started with, so a variant's is written into a copy of the parameters. */
async function takeSnapshot(server: CompilerServer, folder: string, variant: Variant): Promise<Snapshot> {
  const path = join(folder, 'variant.bicepparam');
  const isMain = variant.template === 'main';
  const text = isMain
    ? setVariables(readFileSync(join(folder, PARAMETERS), 'utf8'), {
        AZURE_ENV_NAME: ENVIRONMENT_NAME,
        AZURE_LOCATION: LOCATION,
        ...variant.env,
      })
    : EVENT_PARAMETERS;
  writeFileSync(path, text);
  const metadata = {
    subscriptionId: SUBSCRIPTION,
    tenantId: TENANT,
    // Without a name of the deployment the outputs of the modules stay expressions.
    deploymentName: ENVIRONMENT_NAME,
    ...(isMain ? { location: LOCATION } : { resourceGroup: RESOURCE_GROUP }),
  };
  try {
    return JSON.parse(await server.snapshot(path, metadata));
  } catch (error) {
    const said = await server.compileParameters(path);
    const lines = said.map((diagnostic) => lineOf(diagnostic, folder));
    // A fail() of the templates is no diagnostic: it is said only by what was asked for.
    const reason = lines.length > 0 ? lines.join('\n') : messageOf(error).trim();
    throw new CompilerError(`The variant "${variant.name}" doesn't compile:\n${reason}`, {
      cause: error,
    });
  }
}

const EVENT_PARAMETERS = `using 'blob-events.bicep'

param functionAppName = 'func-pets'
param eventTopicName = 'evgt-pets'
param hostAccountName = 'sthostpets'
`;
