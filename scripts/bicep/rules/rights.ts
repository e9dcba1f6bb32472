/**
 * @module scripts/bicep/rules/rights
 * Who may do what: exactly this, each on one resource.
 */
import { ofType, type Resource, type Snapshot } from '../resources.ts';
import { OPERATOR } from '../variants.ts';
import { identityOf } from './function-app.ts';
import type { Context, Rule } from './rule.ts';

/** Ids of built-in roles, from the public list of them. */
const ROLES: Readonly<Record<string, string>> = {
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b': 'Storage Blob Data Owner',
  'ba92f5b4-2d11-453d-a403-e96b0029c9fe': 'Storage Blob Data Contributor',
  '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1': 'Storage Blob Data Reader',
  '974c5e8b-45b9-4653-ba55-5f855dd0fb88': 'Storage Queue Data Contributor',
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3': 'Storage Table Data Contributor',
  '3913510d-42f4-4e42-8a64-420c390055eb': 'Monitoring Metrics Publisher',
  '7f951dda-4ed3-4680-a7ca-43fe172d538d': 'AcrPull',
  '8311e382-0749-4cb8-b61a-304f252e45ec': 'AcrPush',
  'b9a307c4-5aa3-4b52-ba60-2b17c136cd7b': 'Container Apps Jobs Operator',
};

/** All that anybody needs. `data` and `host` are the accounts. */
function wantedRights({ features, code }: Context): string[] {
  const { containers } = code;
  const contributor = 'Storage Blob Data Contributor';
  return [
    'app on host: Storage Blob Data Owner',
    'app on host: Storage Queue Data Contributor',
    'app on host: Storage Table Data Contributor',
    ...containers.map((name) => `app on data/${name}: ${contributor}`),
    // Field case 60.
    'app on data: Storage Queue Data Contributor',
    'app on insights: Monitoring Metrics Publisher',
    `topic on host/dead-blob-events: ${contributor}`,
    ...(features.machine === null
      ? []
      : [
          `training on data/trained: ${contributor}`,
          'training on data/datasets: Storage Blob Data Reader',
          'training on registry: AcrPull',
        ]),
    ...(features.job ? ['app on job: Container Apps Jobs Operator'] : []),
    ...(features.operator ? containers.map((name) => `operator on data/${name}: ${contributor}`) : []),
    ...(features.operator && features.machine !== null ? ['operator on registry: AcrPush'] : []),
  ].toSorted();
}

const SCOPES: readonly [RegExp, string][] = [
  [/\/storageAccounts\/sthost\w+$/, 'host'],
  [/\/storageAccounts\/stdata\w+$/, 'data'],
  [/\/storageAccounts\/st(host|data)\w+\/blobServices\/default\/containers\/([\w-]+)$/, '$1/$2'],
  [/\/Microsoft\.Insights\/components\/\w+-\w+$/, 'insights'],
  [/\/Microsoft\.ContainerRegistry\/registries\/\w+$/, 'registry'],
  [/\/Microsoft\.App\/jobs\/[\w-]+$/, 'job'],
];

/** On what a right is: a word for a resource that we know, else what it says. */
function scopeOf({ id }: Resource): string {
  const expression = /^\[extensionResourceId\('([^']+)'/.exec(id)?.[1];
  // Of somebody whose id is known beforehand it is no expression.
  const scope =
    expression ?? id.replace(/\/providers\/Microsoft\.Authorization\/roleAssignments\/[^/]+$/, '');
  for (const [pattern, word] of SCOPES) {
    const found = pattern.exec(scope);
    if (found) return found[0].replace(pattern, word);
  }
  return scope;
}

function principalOf(snapshot: Snapshot, { properties: { principalId } }: Resource): string {
  const identity = identityOf(snapshot);
  const isOf = (part: string) => String(principalId).includes(part);
  if (identity !== undefined && isOf(`reference('${identity}',`) && isOf(').principalId')) return 'app';
  if (isOf('/userAssignedIdentities/id-training-') && isOf(').principalId')) return 'training';
  if (isOf('/systemTopics/') && isOf(').identity.principalId')) return 'topic';
  return principalId === OPERATOR ? 'operator' : String(principalId);
}

const ASSIGNMENT = 'Microsoft.Authorization/roleAssignments';

export const RIGHT_RULES: readonly Rule[] = [
  {
    name: 'everybody has the rights that are needed, and no other',
    template: 'main',
    check(snapshot, context) {
      const has = ofType(snapshot, ASSIGNMENT).map((assignment) => {
        const role =
          /^\/subscriptions\/[\w-]+\/providers\/Microsoft\.Authorization\/roleDefinitions\/([\w-]+)$/.exec(
            assignment.properties.roleDefinitionId,
          )?.[1];
        const name =
          (role && ROLES[role]) ?? `no role that we give (${assignment.properties.roleDefinitionId})`;
        return `${principalOf(snapshot, assignment)} on ${scopeOf(assignment)}: ${name}`;
      });
      const wanted = wantedRights(context);
      return [
        ...wanted.filter((right) => !has.includes(right)).map((right) => `missing: ${right}`),
        ...has
          .filter((right, index) => !wanted.includes(right) || has.indexOf(right) < index)
          .map((right) => `too much: ${right}`),
      ];
    },
  },
  {
    name: 'every right says what kind its holder is, and has a name of its own',
    template: 'main',
    check(snapshot) {
      const assignments = ofType(snapshot, ASSIGNMENT);
      const names = assignments.map(({ name }) => name);
      return assignments.flatMap((assignment, index) => {
        const { principalType } = assignment.properties;
        const kinds =
          principalOf(snapshot, assignment) === 'operator'
            ? ['User', 'Group', 'ServicePrincipal']
            : ['ServicePrincipal'];
        return [
          // Without it a new identity isn't found while it spreads.
          ...(kinds.includes(principalType)
            ? []
            : [`${scopeOf(assignment)}: principalType ${principalType}`]),
          ...(names.indexOf(assignment.name) < index ? [`two rights are called ${assignment.name}`] : []),
        ];
      });
    },
  },
];
