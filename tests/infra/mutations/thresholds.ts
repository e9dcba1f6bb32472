/**
 * @module tests/infra/mutations/thresholds
 * What can be wrong with when somebody is woken.
 */
import type { Resource, Snapshot } from '../../../scripts/bicep/resources.ts';
import { type Mutation, remove, T4, the } from './mutation.ts';

const fires = 'an alert fires at its first bad event, or at the figure that is documented';
const asks = 'whoever asks from outside wants an answer of 200, every five minutes, from three places';
const budget = 'a budget is there where it is asked for, and reaches the people';

const search = (s: Snapshot, name: string): Resource =>
  the(s, 'Microsoft.Insights/scheduledQueryRules', name).properties;
const first = (s: Snapshot, name: string) => search(s, name).criteria.allOf[0];
const criteria = (s: Snapshot, name: string) =>
  the(s, 'Microsoft.Insights/metricAlerts', name).properties.criteria;
const webtest = (s: Snapshot) => the(s, 'Microsoft.Insights/webtests').properties;
const money = (s: Snapshot) => the(s, 'Microsoft.Consumption/budgets').properties;

export const THRESHOLDS: readonly Mutation[] = [
  {
    rule: fires,
    what: 'a hundred thousand failures',
    mutate: (s) => (first(s, 'version-failed').threshold = 100_000),
  },
  {
    rule: fires,
    what: 'fewer in place of more',
    mutate: (s) => (first(s, 'training-failed').operator = 'LessThan'),
  },
  {
    rule: fires,
    what: 'a mean of lines',
    mutate: (s) => (first(s, 'event-unreadable').timeAggregation = 'Average'),
  },
  {
    rule: fires,
    what: 'bad times that never come',
    mutate: (s) => (first(s, 'requests-fail').failingPeriods.minFailingPeriodsToAlert = 6),
  },
  {
    rule: fires,
    what: 'an alert that stays',
    mutate: (s) => (search(s, 'requests-slow').autoMitigate = false),
  },
  {
    rule: fires,
    what: 'once a day',
    mutate: (s) => (search(s, 'version-failed').evaluationFrequency = 'P1D'),
  },
  {
    rule: fires,
    what: 'another share of faults',
    mutate: (s) => (first(s, 'requests-fail').query = first(s, 'requests-fail').query.replace(/5$/, '50')),
  },
  {
    rule: fires,
    what: 'another time',
    mutate: (s) =>
      (first(s, 'requests-slow').query = first(s, 'requests-slow').query.replace(/2000$/, '20000')),
  },
  {
    rule: fires,
    what: 'the events of another kind of topic',
    mutate: (s) => (criteria(s, 'events-dead').allOf[0].metricNamespace = 'Microsoft.EventGrid/topics'),
  },
  {
    rule: fires,
    what: 'a hundred dead events',
    mutate: (s) => (criteria(s, 'events-dead').allOf[0].threshold = 100),
  },
  {
    rule: fires,
    what: 'a mean of dead events',
    mutate: (s) => (criteria(s, 'events-dead').allOf[0].timeAggregation = 'Average'),
  },
  ...['events-dead', 'not-ready'].map(
    (name): Mutation => ({
      rule: fires,
      what: `criteria of another kind for ${name}`,
      mutate: (s) =>
        (criteria(s, name)['odata.type'] = 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'),
    }),
  ),
  {
    rule: asks,
    what: 'content with 503',
    mutate: (s) => (webtest(s).ValidationRules.ExpectedHttpStatusCode = 503),
  },
  { rule: asks, what: 'once in an hour', mutate: (s) => (webtest(s).Frequency = 3600) },
  { rule: asks, what: 'another verb', mutate: (s) => (webtest(s).Request.HttpVerb = 'POST') },
  {
    rule: asks,
    what: 'one place thrice',
    mutate: (s) => webtest(s).Locations.fill({ Id: 'emea-nl-ams-azr' }),
  },
  {
    rule: budget,
    what: 'no budget',
    variant: T4,
    mutate: (s) => remove(s, the(s, 'Microsoft.Consumption/budgets')),
  },
  {
    rule: budget,
    what: 'the middle of a month',
    variant: T4,
    mutate: (s) => (money(s).timePeriod.startDate = '2026-12-15'),
  },
  { rule: budget, what: 'other money', variant: T4, mutate: (s) => (money(s).amount = 5000) },
  {
    rule: budget,
    what: 'another comparison',
    variant: T4,
    mutate: (s) => (money(s).notifications.spent.operator = 'Above'),
  },
  {
    rule: budget,
    what: 'a letter when ten times as much is spent',
    variant: T4,
    mutate: (s) => (money(s).notifications.spent.threshold = 1000),
  },
  {
    rule: budget,
    what: 'no letter beforehand',
    variant: T4,
    mutate: (s) => (money(s).notifications.expected.thresholdType = 'Actual'),
  },
  {
    rule: budget,
    what: 'letters to nobody',
    variant: T4,
    mutate: (s) => (money(s).notifications.spent.contactGroups = []),
  },
];
