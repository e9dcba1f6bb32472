/**
 * @module scripts/bicep/rules/storage
 * Storage accounts: who gets in, and what is in them.
 */
import { differs, ofType, type Resource, type Snapshot, textsIn } from '../resources.ts';
import type { Rule } from './rule.ts';

const ACCOUNT = 'Microsoft.Storage/storageAccounts';
const CONTAINER = `${ACCOUNT}/blobServices/containers`;

/** The last part of a name: of a container without its account. */
export const lastPart = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

export function accountNamed(snapshot: Snapshot, start: 'sthost' | 'stdata'): Resource | undefined {
  return ofType(snapshot, ACCOUNT).find(({ name }) => name.startsWith(start));
}

/** Id of a container beside the policy of an account. */
const containerId = (policy: string, name: string): string =>
  `${policy.replace(/\/managementPolicies.*$/, '')}/blobServices/default/containers/${name}`;

/** Names of what is in an account. */
function namesIn(snapshot: Snapshot, type: string, account: string): string[] {
  return ofType(snapshot, type)
    .filter(({ name }) => name.startsWith(account))
    .map(({ name }) => lastPart(name));
}

const SAFE = {
  allowBlobPublicAccess: false,
  allowSharedKeyAccess: false,
  allowCrossTenantReplication: false,
  minimumTlsVersion: 'TLS1_2',
  supportsHttpsTrafficOnly: true,
};

/** Container of the host account for events that nobody took: infra/names.bicep. */
export const DEAD_EVENTS = 'dead-blob-events';

/** Days within which an account brings back what was deleted. */
const LONGEST_UNDELETE = 365;

export const STORAGE_RULES: readonly Rule[] = [
  {
    name: 'storage takes identities only, by https',
    template: 'main',
    check(snapshot) {
      const accounts = ofType(snapshot, ACCOUNT);
      return [
        ...differs('the number of storage accounts', accounts.length, 2),
        ...accounts.flatMap(({ name, properties, sku, kind }) => [
          ...Object.entries(SAFE).flatMap(([key, value]) =>
            differs(`${name}: ${key}`, properties[key], value),
          ),
          ...differs(`${name}: kind`, kind, 'StorageV2'),
          ...(/^Standard_(LRS|ZRS|GRS|GZRS)$/.test(sku?.name)
            ? []
            : [`${name}: there is no sku ${sku?.name}`]),
        ]),
      ];
    },
  },
  {
    name: 'no container is public',
    template: 'main',
    check: (snapshot) =>
      ofType(snapshot, CONTAINER).flatMap(({ name, properties }) =>
        differs(`${name}: publicAccess`, properties?.publicAccess, 'None'),
      ),
  },
  {
    name: 'containers and queues are those of the code',
    template: 'main',
    check(snapshot, { code }) {
      const queue = `${ACCOUNT}/queueServices/queues`;
      return [
        ...differs('containers of the data account', namesIn(snapshot, CONTAINER, 'stdata'), code.containers),
        // Every queue that is listened to has one for what can't be read.
        ...differs('queues of the data account', namesIn(snapshot, queue, 'stdata'), [
          code.poisonQueue,
          `${code.poisonQueue}-poison`,
        ]),
      ];
    },
  },
  {
    // Events that nobody took are lost where their container isn't there, and a right on one that isn't fails a deployment.
    name: 'each container that is named somewhere is there',
    template: 'main',
    check(snapshot) {
      const ids = new Set(ofType(snapshot, CONTAINER).map(({ id }) => id));
      const named = textsIn(snapshot.predictedResources).flatMap(({ text }) =>
        [...text.matchAll(/\/subscriptions\/[^' ]+\/blobServices\/default\/containers\/[\w-]+/g)].map(
          ([id]) => id,
        ),
      );
      const kept = ofType(snapshot, `${ACCOUNT}/managementPolicies`).flatMap(({ id, properties }) =>
        properties.policy.rules.flatMap((rule: Resource) =>
          rule.definition.filters.prefixMatch.map((prefix: string) => containerId(id, prefix.split('/')[0]!)),
        ),
      );
      const dead = containerId(`${accountNamed(snapshot, 'sthost')?.id}/managementPolicies`, DEAD_EVENTS);
      return [...new Set([dead, ...named, ...kept])].flatMap((id) =>
        ids.has(id) ? [] : [`there is no container ${id}`],
      );
    },
  },
  {
    name: 'events that nobody took end, and nothing else of the host account does',
    template: 'main',
    check: (snapshot) =>
      differs(
        'what the host account deletes by age',
        ofType(snapshot, `${ACCOUNT}/managementPolicies`)
          .filter(({ name }) => name.startsWith('sthost'))
          .flatMap(({ properties }) => properties.policy.rules)
          .map(({ enabled, type, definition }) => [enabled, type, definition]),
        [
          [
            true,
            'Lifecycle',
            {
              filters: { blobTypes: ['blockBlob'], prefixMatch: [`${DEAD_EVENTS}/`] },
              actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: 90 } } },
            },
          ],
        ],
      ),
  },
  {
    name: 'feedback ends, and nothing else does that is needed',
    template: 'main',
    check(snapshot) {
      const rules = ofType(snapshot, `${ACCOUNT}/managementPolicies`)
        .filter(({ name }) => name.startsWith('stdata'))
        .flatMap(({ properties }) => properties.policy.rules);
      const prefixes = rules.flatMap((rule) => rule.definition.filters.prefixMatch ?? ['(everything)']);
      return [
        ...differs('what is deleted by age', prefixes.toSorted(), [
          'datasets/feedback/',
          'feedback/',
          'registry/scores/',
        ]),
        ...rules.flatMap(({ name, enabled, type, definition: { filters, actions } }) => [
          ...differs(`${name}: enabled`, enabled, true),
          ...differs(`${name}: type`, type, 'Lifecycle'),
          ...differs(`${name}: blobTypes`, filters.blobTypes, ['blockBlob']),
          ...(actions.baseBlob?.delete?.daysAfterCreationGreaterThan > 0
            ? []
            : [`${name} deletes nothing by age`]),
        ]),
      ];
    },
  },
  {
    name: 'what is deleted can be brought back for a time, and not for longer',
    template: 'main',
    check: (snapshot) =>
      ofType(snapshot, `${ACCOUNT}/blobServices`).flatMap(({ name, properties }) => [
        ...['deleteRetentionPolicy', 'containerDeleteRetentionPolicy'].flatMap((key) => {
          const { enabled, days } = properties?.[key] ?? {};
          const isBounded = enabled === true && days >= 1 && days <= LONGEST_UNDELETE;
          return isBounded ? [] : [`${name}: ${key} is not bounded`];
        }),
        // A version stays until a rule deletes it: feedback that somebody deleted would be there still.
        ...differs(`${name}: isVersioningEnabled`, properties?.isVersioningEnabled ?? false, false),
      ]),
  },
  {
    name: 'storage is closed to others where the network is private',
    template: 'main',
    check: (snapshot, { features }) =>
      ofType(snapshot, ACCOUNT).flatMap(({ name, properties: { networkAcls, publicNetworkAccess } }) => [
        ...differs(`${name}: defaultAction`, networkAcls?.defaultAction, features.network ? 'Deny' : 'Allow'),
        // Event Grid writes what nobody took, and comes in as a trusted service.
        ...differs(`${name}: bypass`, networkAcls?.bypass, 'AzureServices'),
        ...differs(`${name}: publicNetworkAccess`, publicNetworkAccess, 'Enabled'),
      ]),
  },
];
