/**
 * @module tests/infra/mutations/turned-on
 * What can be off, and what can be elsewhere.
 */
import type { Snapshot } from '../../../scripts/bicep/resources.ts';
import { ACCOUNT, ENVIRONMENT, FRONT_DOOR, JOB, type Mutation, T4, the } from './mutation.ts';

const on = 'nothing is there that is turned off';
const region = 'everything is in the region that was asked for';

const properties = (s: Snapshot, type: string, part?: string) => the(s, type, part).properties;

export const TURNED_ON: readonly Mutation[] = [
  {
    rule: on,
    what: 'people who are off',
    mutate: (s) => (properties(s, 'Microsoft.Insights/actionGroups').enabled = false),
  },
  {
    rule: on,
    what: 'a test that is off',
    mutate: (s) => (properties(s, 'Microsoft.Insights/webtests').Enabled = false),
  },
  {
    rule: on,
    what: 'a test that does not say',
    mutate: (s) => delete properties(s, 'Microsoft.Insights/webtests').Enabled,
  },
  {
    rule: on,
    what: 'an alert that is off',
    mutate: (s) => (properties(s, 'Microsoft.Insights/metricAlerts', 'events-dead').enabled = false),
  },
  {
    rule: on,
    what: 'a log that is off',
    mutate: (s) => (properties(s, 'Microsoft.Insights/diagnosticSettings').logs[0].enabled = false),
  },
  {
    rule: on,
    what: 'a letter that is off',
    variant: T4,
    mutate: (s) => (properties(s, 'Microsoft.Consumption/budgets').notifications.spent.enabled = false),
  },
  ...['afdEndpoints', 'afdEndpoints/routes', 'originGroups/origins'].map(
    (type): Mutation => ({
      rule: on,
      what: `${type} that are off`,
      variant: FRONT_DOOR,
      mutate: (s) => (properties(s, `Microsoft.Cdn/profiles/${type}`).enabledState = 'Disabled'),
    }),
  ),
  {
    rule: on,
    what: 'a limit that is off',
    variant: FRONT_DOOR,
    mutate: (s) =>
      (properties(
        s,
        'Microsoft.Network/FrontDoorWebApplicationFirewallPolicies',
      ).customRules.rules[0].enabledState = 'Disabled'),
  },
  ...[
    ACCOUNT,
    'Microsoft.Web/sites',
    'Microsoft.EventGrid/systemTopics',
    'Microsoft.Insights/components',
  ].map(
    (type): Mutation => ({
      rule: region,
      what: `${type} elsewhere`,
      mutate: (s) => (the(s, type).location = 'westeurope'),
    }),
  ),
  {
    rule: region,
    what: 'an alert in a region',
    mutate: (s) => (the(s, 'Microsoft.Insights/metricAlerts').location = 'swedencentral'),
  },
  ...[ENVIRONMENT, JOB, 'Microsoft.ContainerRegistry/registries'].map(
    (type): Mutation => ({
      rule: region,
      what: `${type} not where the GPU is`,
      variant: T4,
      mutate: (s) => (the(s, type).location = 'swedencentral'),
    }),
  ),
];
