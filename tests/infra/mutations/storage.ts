/**
 * @module tests/infra/mutations/storage
 * What can be wrong with storage, and with every resource.
 */
import type { Snapshot } from '../../../scripts/bicep/resources.ts';
import { ACCOUNT, EVERYTHING, type Mutation, remove, SITE, settings, the } from './mutation.ts';

const safe = 'storage takes identities only, by https';
const containers = 'containers and queues are those of the code';
const ends = 'feedback ends, and nothing else does that is needed';
const named = 'each container that is named somewhere is there';
const dead = 'events that nobody took end, and nothing else of the host account does';
const told = 'no resource is told a key or a connection string';
const given = 'nothing that is given back opens a door';

const policy = (s: Snapshot, account: string) =>
  the(s, `${ACCOUNT}/managementPolicies`, account).properties.policy;

export const STORAGE: readonly Mutation[] = [
  {
    rule: safe,
    what: 'a shared key',
    mutate: (s) => (the(s, ACCOUNT, 'stdata').properties.allowSharedKeyAccess = true),
  },
  {
    rule: safe,
    what: 'public blobs',
    mutate: (s) => (the(s, ACCOUNT, 'sthost').properties.allowBlobPublicAccess = true),
  },
  { rule: safe, what: 'old TLS', mutate: (s) => (the(s, ACCOUNT).properties.minimumTlsVersion = 'TLS1_0') },
  { rule: safe, what: 'http', mutate: (s) => delete the(s, ACCOUNT).properties.supportsHttpsTrafficOnly },
  { rule: safe, what: 'an unknown sku', mutate: (s) => (the(s, ACCOUNT).sku.name = 'Standard_LSR') },
  { rule: safe, what: 'one account for all', mutate: (s) => remove(s, the(s, ACCOUNT, 'sthost')) },
  {
    rule: 'no container is public',
    what: 'a public container',
    mutate: (s) =>
      (the(s, `${ACCOUNT}/blobServices/containers`, 'feedback').properties.publicAccess = 'Blob'),
  },
  {
    rule: containers,
    what: 'a container fewer',
    mutate: (s) => remove(s, the(s, `${ACCOUNT}/blobServices/containers`, 'datasets')),
  },
  {
    rule: containers,
    what: 'another name of a container',
    mutate: (s) =>
      (the(s, `${ACCOUNT}/blobServices/containers`, 'registry').name = 'stdatax/default/register'),
  },
  {
    rule: containers,
    what: 'no queue for what can not be read',
    mutate: (s) => remove(s, the(s, `${ACCOUNT}/queueServices/queues`, 'poison-poison')),
  },
  {
    rule: ends,
    what: 'a rule for the registry too',
    mutate: (s) =>
      (the(
        s,
        `${ACCOUNT}/managementPolicies`,
        'stdata',
      ).properties.policy.rules[1].definition.filters.prefixMatch = ['registry/']),
  },
  {
    rule: ends,
    what: 'accepted feedback that stays',
    mutate: (s) =>
      the(
        s,
        `${ACCOUNT}/managementPolicies`,
        'stdata',
      ).properties.policy.rules[0].definition.filters.prefixMatch.pop(),
  },
  {
    rule: ends,
    what: 'a kind of blob that nothing is',
    mutate: (s) =>
      (the(
        s,
        `${ACCOUNT}/managementPolicies`,
        'stdata',
      ).properties.policy.rules[0].definition.filters.blobTypes = ['BlockBlob']),
  },
  {
    rule: 'what is deleted can be brought back for a time, and not for longer',
    what: 'nothing can be brought back',
    mutate: (s) => (the(s, `${ACCOUNT}/blobServices`).properties.deleteRetentionPolicy.enabled = false),
  },
  {
    rule: 'what is deleted can be brought back for a time, and not for longer',
    what: 'versions without end',
    mutate: (s) => (the(s, `${ACCOUNT}/blobServices`, 'stdata').properties.isVersioningEnabled = true),
  },
  {
    rule: 'storage is closed to others where the network is private',
    what: 'an open account beside a private network',
    variant: EVERYTHING,
    mutate: (s) => (the(s, ACCOUNT, 'stdata').properties.networkAcls.defaultAction = 'Allow'),
  },
  {
    rule: 'storage is closed to others where the network is private',
    what: 'Event Grid shut out',
    mutate: (s) => (the(s, ACCOUNT, 'sthost').properties.networkAcls.bypass = 'None'),
  },
  {
    rule: 'every resource has a version that was looked at',
    what: 'a preview',
    mutate: (s) => (the(s, ACCOUNT).apiVersion = '2021-08-01-preview'),
  },
  {
    rule: 'every resource has a version that was looked at',
    what: 'a kind of resource that is new here',
    mutate: (s) => (the(s, ACCOUNT).type = 'Microsoft.KeyVault/vaults'),
  },
  { rule: 'azd finds everything by its tags', what: 'no tag', mutate: (s) => delete the(s, ACCOUNT).tags },
  {
    rule: 'azd finds everything by its tags',
    what: 'another name of the service',
    mutate: (s) => (the(s, SITE).tags['azd-service-name'] = 'app'),
  },
  {
    rule: 'names are such as Azure takes',
    what: 'a hyphen',
    mutate: (s) => (the(s, ACCOUNT).name = 'st-data'),
  },
  {
    rule: 'names are such as Azure takes',
    what: 'a long name',
    mutate: (s) => (the(s, SITE).name = `func-${'x'.repeat(60)}`),
  },
  { rule: given, what: 'another output', mutate: (s) => (s.outputs!.STORAGE_KEY = 'x') },
  {
    rule: given,
    what: 'a connection string',
    mutate: (s) => (s.outputs!.SERVICE_URL = "[reference('/x', '2020-02-02').ConnectionString]"),
  },
  { rule: given, what: 'an output fewer', mutate: (s) => delete s.outputs!.EVENT_TOPIC_NAME },
  {
    rule: told,
    what: 'a connection string in the settings',
    mutate: (s) =>
      (settings(s).MODEL_STORAGE = 'DefaultEndpointsProtocol=https;AccountName=x;AccountKey=eA==;'),
  },
  {
    rule: told,
    what: 'an address that opens, since keys are taken',
    mutate: (s) => (the(s, 'Microsoft.Insights/components').properties.DisableLocalAuth = false),
  },
  {
    rule: told,
    what: 'a key that is asked for',
    mutate: (s) => (settings(s).CLASSIFY_QUEUE = "[listKeys('/x', '2025-01-01').keys[0].value]"),
  },
  {
    rule: 'the compiler has nothing to say of a snapshot',
    what: 'a diagnostic',
    mutate: (s) => s.diagnostics.push({ code: 'X', message: 'x' }),
  },
  {
    rule: named,
    what: 'no place for events that nobody took',
    mutate: (s) => remove(s, the(s, `${ACCOUNT}/blobServices/containers`, 'dead-blob-events')),
  },
  {
    rule: named,
    what: 'a right on a container that is not there',
    mutate: (s) => remove(s, the(s, `${ACCOUNT}/blobServices/containers`, 'trained')),
  },
  {
    rule: named,
    what: 'an age for a container that is not there',
    mutate: (s) => (policy(s, 'stdata').rules[0].definition.filters.prefixMatch = ['feedbacks/']),
  },
  {
    rule: dead,
    what: 'events that stay for ever',
    mutate: (s) => remove(s, the(s, `${ACCOUNT}/managementPolicies`, 'sthost')),
  },
  {
    rule: dead,
    what: 'the package too',
    mutate: (s) => delete policy(s, 'sthost').rules[0].definition.filters.prefixMatch,
  },
  {
    rule: dead,
    what: 'events that end before somebody reads them',
    mutate: (s) =>
      (policy(s, 'sthost').rules[0].definition.actions.baseBlob.delete.daysAfterModificationGreaterThan = 1),
  },
];
