/**
 * @module tests/infra/mutations/alerts
 * What can be wrong with what wakes somebody.
 */
import type { Snapshot } from '../../../scripts/bicep/resources.ts';
import { FRONT_DOOR, type Mutation, remove, T4, the } from './mutation.ts';

const SEARCH = 'Microsoft.Insights/scheduledQueryRules';
const METRIC = 'Microsoft.Insights/metricAlerts';
const bounded = 'Application Insights takes identities only, into a workspace that is bounded';
const people = 'every alert is on and reaches the same people';
const says = 'alerts look for what the code says and where it says it';
const flex =
  'failures and slow answers are asked of Application Insights, which has them on Flex Consumption';
const outside = 'somebody asks from outside whether a model answers, and dead events are counted';

const search = (s: Snapshot, name: string) => the(s, SEARCH, name).properties;
const first = (s: Snapshot, name: string) => search(s, name).criteria.allOf[0];

export const ALERTS: readonly Mutation[] = [
  {
    rule: bounded,
    what: 'keys',
    mutate: (s) => delete the(s, 'Microsoft.Insights/components').properties.DisableLocalAuth,
  },
  {
    rule: bounded,
    what: 'addresses of clients',
    mutate: (s) => (the(s, 'Microsoft.Insights/components').properties.DisableIpMasking = true),
  },
  {
    rule: bounded,
    what: 'no cap',
    mutate: (s) =>
      (the(s, 'Microsoft.OperationalInsights/workspaces').properties.workspaceCapping.dailyQuotaGb = -1),
  },
  {
    rule: bounded,
    what: 'a name in place of an id',
    mutate: (s) => (the(s, 'Microsoft.Insights/components').properties.WorkspaceResourceId = 'log-x'),
  },
  {
    rule: people,
    what: 'an alert that is off',
    mutate: (s) => (search(s, 'version-failed').enabled = false),
  },
  { rule: people, what: 'nobody', mutate: (s) => (search(s, 'version-failed').actions.actionGroups = []) },
  { rule: people, what: 'nobody, of a metric', mutate: (s) => (the(s, METRIC).properties.actions = []) },
  {
    rule: people,
    what: 'minutes without a unit',
    mutate: (s) => (search(s, 'requests-fail').windowSize = '15'),
  },
  { rule: people, what: 'an alert fewer', mutate: (s) => remove(s, the(s, METRIC, 'events-dead')) },
  {
    rule: says,
    what: 'another line of a training',
    mutate: (s) => {
      first(s, 'training-failed').query = 'traces | where message has "PawprintRetrain"';
    },
  },
  {
    rule: says,
    what: 'a table that is asked for before it is there',
    mutate: (s) => {
      search(s, 'event-unreadable').skipQueryValidation = false;
    },
  },
  {
    rule: says,
    what: 'another line',
    mutate: (s) => (first(s, 'version-failed').query = 'traces | where message has "VersionFailed"'),
  },
  { rule: says, what: 'the workspace', mutate: (s) => (search(s, 'version-failed').scopes = ['/x']) },
  {
    rule: says,
    what: 'another queue',
    mutate: (s) =>
      (first(s, 'event-unreadable').query = first(s, 'event-unreadable').query.replace(
        '-poison-poison',
        '-poison',
      )),
  },
  {
    rule: says,
    what: 'no log of the queues',
    mutate: (s) => remove(s, the(s, 'Microsoft.Insights/diagnosticSettings', 'queue-writes')),
  },
  {
    rule: says,
    what: 'reads only',
    mutate: (s) =>
      (the(s, 'Microsoft.Insights/diagnosticSettings', 'queue-writes').properties.logs[0].category =
        'StorageRead'),
  },
  {
    rule: flex,
    what: 'faults of clients',
    mutate: (s) =>
      (first(s, 'requests-fail').query = first(s, 'requests-fail').query.replace('>= 500', '>= 400')),
  },
  {
    rule: flex,
    what: 'a share of nothing',
    mutate: (s) => (first(s, 'requests-fail').query = 'requests | where success == false'),
  },
  {
    rule: flex,
    what: 'a figure of the app',
    mutate: (s) =>
      (the(s, METRIC, 'events-dead').properties.criteria.allOf[0].metricNamespace = 'Microsoft.Web/sites'),
  },
  {
    rule: flex,
    what: 'the time of everything',
    mutate: (s) =>
      (first(s, 'requests-slow').query = first(s, 'requests-slow').query.replace(
        'where name has "classify"',
        'where true',
      )),
  },
  {
    rule: outside,
    what: 'another address',
    mutate: (s) =>
      (the(s, 'Microsoft.Insights/webtests').properties.Request.RequestUrl = 'https://example.org/api/ready'),
  },
  {
    rule: outside,
    what: 'a way that clients do not take',
    variant: FRONT_DOOR,
    mutate: (s) => {
      const { Request } = the(s, 'Microsoft.Insights/webtests').properties;
      Request.RequestUrl =
        "[format('https://{0}/api/ready', reference('/x/sites/func', '2024-11-01').defaultHostName)]";
    },
  },
  {
    rule: outside,
    what: 'more places than ask',
    mutate: (s) => (the(s, METRIC, 'not-ready').properties.criteria.failedLocationCount = 3),
  },
  {
    rule: outside,
    what: 'another test',
    mutate: (s) => (the(s, METRIC, 'not-ready').properties.criteria.webTestId = '/x'),
  },
  {
    rule: outside,
    what: 'another figure',
    mutate: (s) => (the(s, METRIC, 'events-dead').properties.criteria.allOf[0].metricName = 'DeadLettered'),
  },
  {
    rule: outside,
    what: 'a test without its tag',
    mutate: (s) => (the(s, 'Microsoft.Insights/webtests').tags = {}),
  },
  {
    rule: bounded,
    what: 'keys of the workspace',
    mutate: (s) =>
      delete the(s, 'Microsoft.OperationalInsights/workspaces').properties.features.disableLocalAuth,
  },
  {
    rule: people,
    what: 'one person fewer',
    variant: T4,
    mutate: (s) => the(s, 'Microsoft.Insights/actionGroups').properties.emailReceivers.pop(),
  },
];
