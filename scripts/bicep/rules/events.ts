/**
 * @module scripts/bicep/rules/events
 * Blob events: the topic, and after the code is there, what they start.
 */
import { differs, ofType } from '../resources.ts';
import type { Rule } from './rule.ts';
import { accountNamed, DEAD_EVENTS, lastPart } from './storage.ts';

const SUBSCRIPTION = 'Microsoft.EventGrid/systemTopics/eventSubscriptions';

export const EVENT_RULES: readonly Rule[] = [
  {
    name: 'the topic tells of the data account, with an identity of its own',
    template: 'main',
    check(snapshot) {
      const topics = ofType(snapshot, 'Microsoft.EventGrid/systemTopics');
      return [
        ...differs('the number of topics', topics.length, 1),
        ...topics.flatMap(({ identity, properties }) => [
          // A user-assigned one doesn't get through the firewall of an account.
          ...differs('identity.type', identity?.type, 'SystemAssigned'),
          ...differs('topicType', properties.topicType, 'Microsoft.Storage.StorageAccounts'),
          ...differs('source', properties.source, accountNamed(snapshot, 'stdata')?.id),
        ]),
      ];
    },
  },
  {
    // Field case 61: the key is there only after the code, so nothing of the first phase may ask for it.
    name: 'no event is subscribed to, and no key is asked for, before the code is there',
    template: 'main',
    check: (snapshot) => [
      ...ofType(snapshot, SUBSCRIPTION).map(({ name }) => `${name} is in the first phase`),
      ...(/\blist(Keys|AccountSas|Secrets)\b|systemKeys|functionKeys/i.test(JSON.stringify(snapshot))
        ? ['a key is asked for']
        : []),
    ],
  },
  {
    name: 'the markers of the code start its blob triggers, and nothing else does',
    template: 'events',
    check(snapshot, { code }) {
      const subscriptions = ofType(snapshot, SUBSCRIPTION);
      const names = code.triggers.map(({ name }) => name);
      return [
        ...differs(
          'subscriptions',
          subscriptions.map(({ name }) => lastPart(name)),
          names,
        ),
        ...code.triggers.flatMap(({ name, container, path }) => {
          const { filter, eventDeliverySchema, destination } =
            subscriptions.find((subscription) => lastPart(subscription.name) === name)?.properties ?? {};
          return [
            ...differs(`${name}: the path in functions/`, path, `${container}/{version}/${code.marker}`),
            ...differs(
              `${name}: subjectBeginsWith`,
              filter?.subjectBeginsWith,
              `/blobServices/default/containers/${container}/`,
            ),
            ...differs(`${name}: subjectEndsWith`, filter?.subjectEndsWith, `/${code.marker}`),
            ...differs(`${name}: event types`, filter?.includedEventTypes, ['Microsoft.Storage.BlobCreated']),
            ...differs(`${name}: schema`, eventDeliverySchema, 'EventGridSchema'),
            ...differs(`${name}: endpointType`, destination?.endpointType, 'WebHook'),
            ...webhookFaults(name, destination?.properties?.endpointUrl),
          ];
        }),
      ];
    },
  },
  {
    name: 'an event that nobody takes is tried for a day and kept',
    template: 'events',
    check: (snapshot) =>
      ofType(snapshot, SUBSCRIPTION).flatMap(({ name, properties }) => {
        const { retryPolicy, deadLetterWithResourceIdentity: dead } = properties;
        const { properties: place, endpointType } = dead?.deadLetterDestination ?? {};
        return [
          ...differs(`${name}: attempts`, retryPolicy?.maxDeliveryAttempts, 30),
          ...differs(`${name}: minutes`, retryPolicy?.eventTimeToLiveInMinutes, 1440),
          ...differs(`${name}: dead letter by`, dead?.identity, { type: 'SystemAssigned' }),
          ...differs(
            `${name}: dead letter to`,
            [endpointType, place?.blobContainerName],
            ['StorageBlob', DEAD_EVENTS],
          ),
          ...(/\/storageAccounts\/sthost/.test(place?.resourceId)
            ? []
            : [`${name}: dead letter not to the host account`]),
        ];
      }),
  },
];

/** The address with the words that it is put together from; the key is asked for in place. */
function webhookFaults(name: string, url = ''): string[] {
  const parts = [
    ["'https://{0}/runtime/webhooks/blobs'", 'the path of the webhook'],
    [`'{0}?functionName=Host.Functions.{1}&code={2}'`, 'the function and the key'],
    [`, '${name}', listKeys(`, 'its own function'],
    ['/host/default', 'the keys of the host'],
    [').systemKeys.blobs_extension)', 'the key of the blob extension'],
    ['.defaultHostName', 'the host of the app'],
  ] as const;
  return parts
    .filter(([part]) => !url.includes(part))
    .map(([, what]) => `${name}: the address lacks ${what}`);
}
