/**
 * @module scripts/models
 * The versions in a registry: what they are, which of them serves, and what became of the others.
 *
 *     npm run models -- list
 *     npm run models -- rollback --reason "takes cats for dogs"
 */
import { BadRequestError, NotFoundError, UnavailableError } from '../core/errors.ts';
import { setCanary, setShadow } from '../core/registry/candidates.ts';
import { compareVersions } from '../core/registry/compare-versions.ts';
import { listVersions, showVersion } from '../core/registry/list-versions.ts';
import { promote } from '../core/registry/promote.ts';
import { findPointer } from '../core/registry/registry.ts';
import { removeOldVersions } from '../core/registry/remove-old-versions.ts';
import { rollback } from '../core/registry/rollback.ts';
import { openStorage, type Storage } from '../core/storage/storage.ts';
import { runCommand } from '../training/run-command.ts';
import {
  type Command,
  decisionOf,
  MODELS_USAGE,
  type ModelsOptions,
  parseModelsOptions,
  userName,
} from './models/command-line.ts';
import {
  formatCandidates,
  formatComparison,
  formatList,
  formatMoved,
  formatRemoval,
  formatShown,
} from './models/format.ts';
import { findPlace } from './models/place.ts';
import { ROOT } from './paths.ts';

/** For programs, and the same for people. */
interface Output {
  json: unknown;
  lines: string[];
}

const COMMANDS: Record<Command, (storage: Storage, options: ModelsOptions) => Promise<Output>> = {
  async list(storage) {
    const list = await listVersions(storage);
    return { json: list, lines: formatList(list) };
  },
  async show(storage, { words }) {
    const shown = await showVersion(storage, await versionOf(storage, words[0]!));
    return { json: shown, lines: formatShown(shown) };
  },
  async promote(storage, options) {
    const version = await versionOf(storage, options.words[0]!);
    const result = await promote(storage, version, decisionOf(options));
    return { json: summaryOf(result), lines: formatMoved(result) };
  },
  async rollback(storage, options) {
    const { skipped, ...result } = await rollback(storage, decisionOf(options));
    return { json: { ...summaryOf(result), skipped }, lines: formatMoved(result, skipped) };
  },
  async canary(storage, options) {
    const [name] = options.words;
    const isOff = name === 'off';
    if (isOff && options.share !== undefined) throw new BadRequestError('canary off takes no --share.');
    if (!isOff && options.share === undefined) {
      throw new BadRequestError('Which share of the traffic? From above 0 to 1: --share .1');
    }
    const canary = isOff ? null : { version: await versionOf(storage, name!), share: options.share! };
    const result = await setCanary(storage, canary, decisionOf(options));
    return { json: summaryOf(result), lines: formatCandidates(result) };
  },
  async shadow(storage, options) {
    const [name] = options.words;
    const version = name === 'off' ? null : await versionOf(storage, name!);
    const result = await setShadow(storage, version, decisionOf(options));
    return { json: summaryOf(result), lines: formatCandidates(result) };
  },
  async compare(storage, { words }) {
    const [a, b] = [await versionOf(storage, words[0]!), await versionOf(storage, words[1]!)];
    const comparison = await compareVersions(storage, a, b);
    return { json: comparison, lines: formatComparison(comparison) };
  },
  async gc(storage, { keep, dryRun, reason, by = userName() }) {
    if (keep === undefined) throw new BadRequestError('How many of the newest versions stay? --keep N');
    const why = reason === undefined ? {} : { reason };
    const plan = await removeOldVersions(storage, { keep, dryRun, by, ...why });
    return { json: { dryRun, ...plan }, lines: formatRemoval(plan, { dryRun }) };
  },
};

await runCommand(async (words) => {
  const options = parseModelsOptions(words);
  if (options === 'help') return console.log(MODELS_USAGE);
  const folder = process.env.INIT_CWD ?? ROOT;
  const { settings, source } = findPlace({ state: options.state, env: process.env, folder });
  const { json, lines } = await COMMANDS[options.command](openStorage(settings), options).catch((error) => {
    if (!(error instanceof UnavailableError)) throw error;
    throw new UnavailableError(`${error.message} (The storage is that of ${source}.)`, { cause: error });
  });
  console.log(options.json ? JSON.stringify(json, null, 2) : lines.join('\n'));
});

/** A version by its name, or by what it is to the pointer. Throws NotFoundError when nothing is that. */
async function versionOf(storage: Storage, name: string): Promise<string> {
  if (!['production', 'previous', 'canary', 'shadow'].includes(name)) return name;
  const pointer = (await findPointer(storage))?.pointer;
  const roles: Record<string, string | null | undefined> = {
    production: pointer?.version,
    previous: pointer?.previous,
    canary: pointer?.canary?.version,
    shadow: pointer?.shadow,
  };
  const version = roles[name];
  if (version == null)
    throw new NotFoundError(`There is no ${name}: npm run models -- list says what there is.`);
  return version;
}

function summaryOf({ pointer, moved }: Awaited<ReturnType<typeof promote>>) {
  const { version, precision, previous, canary, shadow } = pointer;
  return { moved, production: version, precision, previous, canary, shadow };
}
