/**
 * The templates, compiled once for each variant: what the compiler says, and what it does not look at. Every rule is proven
 * by something wrong that it finds.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CodeFacts, readCodeFacts } from '../../scripts/bicep/code-facts.ts';
import { type Compiled, compile, refusals } from '../../scripts/bicep/compile.ts';
import { type Compiler, findCompiler, locateCompiler } from '../../scripts/bicep/compiler.ts';
import type { Snapshot } from '../../scripts/bicep/resources.ts';
import { findings, RULES, rulesFor } from '../../scripts/bicep/rules.ts';
import { VARIANTS, type Variant } from '../../scripts/bicep/variants.ts';
import { ALERTS } from './mutations/alerts.ts';
import { APP } from './mutations/app.ts';
import type { Mutation } from './mutations/mutation.ts';
import { NETWORK } from './mutations/network.ts';
import { RIGHTS } from './mutations/rights.ts';
import { STORAGE } from './mutations/storage.ts';
import { THRESHOLDS } from './mutations/thresholds.ts';
import { TRAINING } from './mutations/training.ts';
import { TURNED_ON } from './mutations/turned-on.ts';

const ROOT = join(__dirname, '..', '..');
const INFRA = join(ROOT, 'infra');
/** Of a machine at work on much else; alone it takes about ten seconds. */
const COMPILE_MS = 400_000;
const MUTATIONS: readonly Mutation[] = [
  ...STORAGE,
  ...APP,
  ...RIGHTS,
  ...TRAINING,
  ...NETWORK,
  ...ALERTS,
  ...THRESHOLDS,
  ...TURNED_ON,
];

const hasCompiler = locateCompiler(process.env) !== undefined;
const withCompiler = hasCompiler ? describe : describe.skip;
const needs = hasCompiler ? '' : ' (needs a Bicep compiler: BICEP, bicep on the PATH, or az bicep install)';

const variantNamed = (name: string): Variant => VARIANTS.find((variant) => variant.name === name)!;
const ruleNamed = (name: string) => RULES.find((rule) => rule.name === name)!;

withCompiler(`the templates${needs}`, () => {
  let compiler: Compiler;
  let compiled: Compiled;
  let code: CodeFacts;

  beforeAll(async () => {
    compiler = await findCompiler();
    compiled = await compile(compiler, INFRA);
    code = readCodeFacts(ROOT);
  }, COMPILE_MS);

  const snapshotOf = ({ name }: Pick<Variant, 'name'>): Snapshot =>
    structuredClone(compiled.snapshots[name]!);

  test('compile without a word of the compiler or its linter', () => {
    expect(compiled.diagnostics).toEqual([]);
  });

  test('are as the formatter writes them', () => {
    expect(compiled.unformatted).toEqual([]);
  });

  describe.each(VARIANTS)('$name', (variant) => {
    test.each(rulesFor(variant).map(({ name }) => name))('%s', (name) => {
      expect(findings(ruleNamed(name), snapshotOf(variant), variant, code)).toEqual([]);
    });
  });

  test.each(MUTATIONS.map((mutation) => [mutation.rule, mutation.what, mutation] as const))(
    '"%s" finds %s',
    (name, _, { variant: variantName = 'default', mutate }) => {
      const variant = variantNamed(variantName);
      const snapshot = snapshotOf(variant);
      mutate(snapshot);
      expect(findings(ruleNamed(name), snapshot, variant, code)).not.toEqual([]);
    },
  );

  test(
    'are refused where variables do not go together, with what to do',
    async () => {
      const variants = REFUSED.map(([name, env]) => ({ ...variantNamed('default'), name, env }));
      const said = await refusals(compiler, INFRA, variants);
      expect(said).toEqual(
        Object.fromEntries(
          REFUSED.map(([name, , message]) => [name, message && expect.stringContaining(message)]),
        ),
      );
    },
    COMPILE_MS,
  );

  test(
    'what is wrong in the Bicep itself is found, though the compiler ends well',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'pawprint-wrong-bicep-'));
      try {
        cpSync(INFRA, folder, { recursive: true });
        for (const { file, from, to } of WRONG_SOURCE) {
          const path = join(folder, file);
          const text = readFileSync(path, 'utf8');
          expect(text).toContain(from);
          writeFileSync(path, text.replace(from, to));
        }
        const variant = variantNamed('default');
        const { diagnostics, unformatted, snapshots } = await compile(compiler, folder, {
          variants: [variant],
        });
        expect(diagnostics).toEqual([
          expect.stringMatching(/registry\.bicep:\d+ Warning BCP089: .*anonymousPull/),
        ]);
        expect(unformatted).toEqual([join('modules', 'event-topic.bicep')]);
        const found = RULES.filter(
          (rule) =>
            rule.template !== 'events' && findings(rule, snapshots.default!, variant, code).length > 0,
        );
        const expected = WRONG_SOURCE.flatMap(({ rule }) => rule ?? []);
        expect(found.map(({ name }) => name)).toEqual(expect.arrayContaining(expected));
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    COMPILE_MS,
  );
});

test('every rule is proven by something wrong that it finds', () => {
  const proven = new Set(MUTATIONS.map(({ rule }) => rule));
  expect(RULES.map(({ name }) => name).filter((name) => !proven.has(name))).toEqual([]);
  expect([...proven].filter((name) => ruleNamed(name) === undefined)).toEqual([]);
});

const IMAGE = { PAWPRINT_TRAINING_IMAGE: 'crpets.azurecr.io/t:1', PAWPRINT_TRAINING_DATA: 'datasets/pets' };
const ELSEWHERE = { ...IMAGE, PAWPRINT_TRAINING_LOCATION: 'westus3' };

const FIELDS = 'PAWPRINT_RETRAIN_SCHEDULE is off, or six fields with seconds first, as 0 0 5 * * 1. It is: ';

/** Variables, and what is said against them; nothing is against the last. */
const REFUSED: readonly [name: string, env: Record<string, string>, message?: string][] = [
  ['a schedule of five fields', { ...IMAGE, PAWPRINT_RETRAIN_SCHEDULE: '0 5 * * 1' }, `${FIELDS}0 5 * * 1`],
  ['a letter of no schedule', { ...IMAGE, PAWPRINT_RETRAIN_SCHEDULE: '0 0 5 * * ?' }, `${FIELDS}0 0 5 * * ?`],
  [
    'a schedule without an image',
    { PAWPRINT_RETRAIN_SCHEDULE: '0 0 5 * * 1' },
    'no image that trains: set PAWPRINT_TRAINING_IMAGE',
  ],
  [
    'a schedule without training',
    { PAWPRINT_TRAINS: 'false', PAWPRINT_RETRAIN_SCHEDULE: '0 0 5 * * 1' },
    'no image that trains: set PAWPRINT_TRAINING_IMAGE',
  ],
  [
    'a private network that is to train elsewhere',
    { ...ELSEWHERE, PAWPRINT_PRIVATE_NETWORK: 'true' },
    'A private network is in one region: unset PAWPRINT_TRAINING_LOCATION',
  ],
  ['an image without data', { ...IMAGE, PAWPRINT_TRAINING_DATA: '' }, 'set PAWPRINT_TRAINING_DATA'],
  ['a budget without a month', { PAWPRINT_BUDGET_AMOUNT: '50' }, 'set PAWPRINT_BUDGET_START_DATE'],
  [
    'a private network whose region is written in two ways, and a schedule with names',
    {
      ...IMAGE,
      PAWPRINT_PRIVATE_NETWORK: 'true',
      PAWPRINT_TRAINING_LOCATION: 'Sweden Central',
      PAWPRINT_RETRAIN_SCHEDULE: '0 */30 5-7 * JAN Mon,Fri',
    },
  ],
];

/** All at once, since each compilation takes seconds. */
const WRONG_SOURCE: readonly { file: string; from: string; to: string; rule?: string }[] = [
  {
    file: 'modules/registry.bicep',
    from: 'anonymousPullEnabled:',
    to: 'anonymousPullEnable:',
    rule: 'the registry takes identities only',
  },
  { file: 'modules/event-topic.bicep', from: 'properties: { source', to: 'properties:   { source' },
  {
    file: 'modules/rbac.bicep',
    from: '  scope: insights\n',
    to: '',
    rule: 'everybody has the rights that are needed, and no other',
  },
  {
    file: 'names.bicep',
    from: "'webjobs-blobtrigger-poison-poison'",
    to: "'webjobs-blobtrigger-poisoned'",
    rule: 'containers and queues are those of the code',
  },
  {
    file: 'modules/function-app.bicep',
    from: "BLOB_TRIGGER_SOURCE: 'EventGrid'",
    to: "BLOB_TRIGER_SOURCE: 'EventGrid'",
    rule: 'settings are those that the code reads, and it takes them',
  },
];
