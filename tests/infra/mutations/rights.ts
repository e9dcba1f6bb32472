/**
 * @module tests/infra/mutations/rights
 * What can be wrong with rights and events.
 */
import type { Resource, Snapshot } from '../../../scripts/bicep/resources.ts';
import {
  ACCOUNT,
  ASSIGNMENT,
  CPU,
  EVENTS,
  EVERYTHING,
  type Mutation,
  remove,
  SUBSCRIPTION,
  settings,
  T4,
  TOPIC,
  the,
} from './mutation.ts';

const rights = 'everybody has the rights that are needed, and no other';
const kinds = 'every right says what kind its holder is, and has a name of its own';
const topic = 'the topic tells of the data account, with an identity of its own';
const early = 'no event is subscribed to, and no key is asked for, before the code is there';
const markers = 'the markers of the code start its blob triggers, and nothing else does';
const dead = 'an event that nobody takes is tried for a day and kept';

const filter = (s: Snapshot) => the(s, SUBSCRIPTION, 'convert').properties.filter;
const role = (id: string) =>
  `/subscriptions/6f1d2c3b-0000-4000-8000-000000000001/providers/Microsoft.Authorization/roleDefinitions/${id}`;

function onResourceGroup(assignment: Resource): void {
  assignment.id =
    '/subscriptions/6f1d2c3b-0000-4000-8000-000000000001/resourceGroups/rg-pets/providers/Microsoft.Authorization/roleAssignments/x';
}

export const RIGHTS: readonly Mutation[] = [
  { rule: rights, what: 'a right on the resource group', mutate: (s) => onResourceGroup(the(s, ASSIGNMENT)) },
  { rule: rights, what: 'a right fewer', mutate: (s) => remove(s, the(s, ASSIGNMENT, '974c5e8b')) },
  {
    rule: rights,
    what: 'the right to everything',
    mutate: (s) =>
      (the(s, ASSIGNMENT).properties.roleDefinitionId = role('8e3af657-a8ff-443c-a75c-2fe8c4bcb635')),
  },
  {
    rule: rights,
    what: 'more than reading the data sets',
    variant: T4,
    mutate: (s) =>
      (the(s, ASSIGNMENT, '2a2b9908').properties.roleDefinitionId = role(
        'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
      )),
  },
  {
    rule: rights,
    what: 'an id without its path',
    mutate: (s) => (the(s, ASSIGNMENT).properties.roleDefinitionId = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'),
  },
  {
    rule: rights,
    what: 'the right of another',
    mutate: (s) => {
      const { properties } = the(s, ASSIGNMENT, '3913510d');
      properties.principalId = properties.principalId.replace('id-api-', 'id-training-');
    },
  },
  {
    rule: rights,
    what: 'somebody else',
    variant: EVERYTHING,
    mutate: (s) => (the(s, ASSIGNMENT).properties.principalId = '6f1d2c3b-0000-4000-8000-000000000009'),
  },
  {
    rule: rights,
    what: 'the same right twice',
    mutate: (s) => s.predictedResources.push(structuredClone(the(s, ASSIGNMENT))),
  },
  {
    rule: rights,
    what: 'no right to start the job',
    variant: CPU,
    mutate: (s) => remove(s, the(s, ASSIGNMENT, 'b9a307c4')),
  },
  { rule: kinds, what: 'no kind', mutate: (s) => delete the(s, ASSIGNMENT).properties.principalType },
  {
    rule: kinds,
    what: 'another case',
    mutate: (s) => (the(s, ASSIGNMENT).properties.principalType = 'servicePrincipal'),
  },
  {
    rule: kinds,
    what: 'one name for two',
    mutate: (s) => (the(s, ASSIGNMENT, '974c5e8b').name = the(s, ASSIGNMENT, 'b7e6dc6d').name),
  },

  { rule: topic, what: 'an identity of ours', mutate: (s) => (the(s, TOPIC).identity.type = 'UserAssigned') },
  { rule: topic, what: 'no identity', mutate: (s) => delete the(s, TOPIC).identity },
  {
    rule: topic,
    what: 'another kind of topic',
    mutate: (s) => (the(s, TOPIC).properties.topicType = 'microsoft.storage'),
  },
  {
    rule: topic,
    what: 'the host account',
    mutate: (s) => (the(s, TOPIC).properties.source = the(s, ACCOUNT, 'sthost').id),
  },
  // Field case 61.
  { rule: early, what: 'a subscription', mutate: (s) => (the(s, TOPIC).type = SUBSCRIPTION) },
  {
    rule: early,
    what: 'a key',
    mutate: (s) => (settings(s).X = "[listKeys('/x/host/default', '2024-11-01').systemKeys.blobs_extension]"),
  },
  { rule: markers, what: 'every file', variant: EVENTS, mutate: (s) => delete filter(s).subjectEndsWith },
  {
    rule: markers,
    what: 'another marker',
    variant: EVENTS,
    mutate: (s) => (filter(s).subjectEndsWith = '/model.json'),
  },
  {
    rule: markers,
    what: 'another container',
    variant: EVENTS,
    mutate: (s) => (filter(s).subjectBeginsWith = '/blobServices/default/containers/models/'),
  },
  {
    rule: markers,
    what: 'deletes',
    variant: EVENTS,
    mutate: (s) => filter(s).includedEventTypes.push('Microsoft.Storage.BlobDeleted'),
  },
  {
    rule: markers,
    what: 'another schema',
    variant: EVENTS,
    mutate: (s) => (the(s, SUBSCRIPTION).properties.eventDeliverySchema = 'CloudEventSchema'),
  },
  {
    rule: markers,
    what: 'another function',
    variant: EVENTS,
    mutate: (s) => {
      const { destination } = the(s, SUBSCRIPTION, 'convert').properties;
      destination.properties.endpointUrl = destination.properties.endpointUrl.replace(
        "'convert'",
        "'register'",
      );
    },
  },
  {
    rule: markers,
    what: 'another key',
    variant: EVENTS,
    mutate: (s) => {
      const { destination } = the(s, SUBSCRIPTION, 'register').properties;
      destination.properties.endpointUrl = destination.properties.endpointUrl.replace(
        'blobs_extension',
        'eventgrid_extension',
      );
    },
  },
  {
    rule: markers,
    what: 'a subscription fewer',
    variant: EVENTS,
    mutate: (s) => remove(s, the(s, SUBSCRIPTION)),
  },
  {
    rule: markers,
    what: 'a queue that the blob trigger does not read',
    variant: EVENTS,
    mutate: (s) => (the(s, SUBSCRIPTION).properties.destination.endpointType = 'StorageQueue'),
  },
  {
    rule: dead,
    what: 'more attempts than there are',
    variant: EVENTS,
    mutate: (s) => (the(s, SUBSCRIPTION).properties.retryPolicy.maxDeliveryAttempts = 300),
  },
  {
    rule: dead,
    what: 'nothing is kept',
    variant: EVENTS,
    mutate: (s) => delete the(s, SUBSCRIPTION).properties.deadLetterWithResourceIdentity,
  },
];
