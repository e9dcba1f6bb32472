/**
 * @module scripts/bicep/rules/thresholds
 * From what figure on somebody is woken: docs/deploy.md has the figures.
 */
import { differs, ofType, type Resource } from '../resources.ts';
import { peopleOf } from './alerts.ts';
import type { Rule } from './rule.ts';

/** A search has a line only where something is wrong, so the first line fires. */
const FIRST_LINE = {
  timeAggregation: 'Count',
  operator: 'GreaterThan',
  threshold: 0,
  failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
};

const FIRST_DEAD_EVENT = {
  criterionType: 'StaticThresholdCriterion',
  metricNamespace: 'Microsoft.EventGrid/systemTopics',
  metricName: 'DeadLetteredCount',
  operator: 'GreaterThan',
  threshold: 0,
  timeAggregation: 'Total',
};

/** How often it is looked, and at what time. */
const EVERY_FIVE_MINUTES = {
  evaluationFrequency: 'PT5M',
  windowSize: 'PT15M',
  autoMitigate: true,
};

/** What the searches for shares end with, by the begin of their names. */
const FIGURES: Readonly<Record<string, string>> = {
  'requests-fail': 'where total >= 20 and failed * 100 > total * 5',
  'requests-slow': 'where total >= 20 and slow > 2000',
};

const BUDGET = [
  { operator: 'GreaterThan', threshold: 80, thresholdType: 'Actual', enabled: true },
  { operator: 'GreaterThan', threshold: 100, thresholdType: 'Forecasted', enabled: true },
];

/** The values of `resource` for the keys of `wanted`. */
const pick = (resource: Partial<Resource> | undefined, wanted: object): object =>
  Object.fromEntries(Object.keys(wanted).map((key) => [key, resource?.[key]]));

export const THRESHOLD_RULES: readonly Rule[] = [
  {
    name: 'an alert fires at its first bad event, or at the figure that is documented',
    template: 'main',
    check(snapshot) {
      const searches = ofType(snapshot, 'Microsoft.Insights/scheduledQueryRules');
      const metrics = ofType(snapshot, 'Microsoft.Insights/metricAlerts');
      const dead = metrics.find(({ name }) => name.startsWith('events-dead-'))?.properties.criteria;
      const unavailable = metrics.find(({ name }) => name.startsWith('not-ready-'))?.properties.criteria;
      return [
        ...[...searches, ...metrics].flatMap(({ name, properties }) =>
          differs(`${name}: when`, pick(properties, EVERY_FIVE_MINUTES), EVERY_FIVE_MINUTES),
        ),
        ...searches.flatMap(({ name, properties: { criteria } }) => [
          ...differs(`${name}: conditions`, criteria.allOf.length, 1),
          ...differs(name, pick(criteria.allOf[0], FIRST_LINE), FIRST_LINE),
        ]),
        ...Object.entries(FIGURES).flatMap(([name, figure]) => {
          const query = searches.find((search) => search.name.startsWith(`${name}-`))?.properties.criteria
            .allOf[0].query;
          return query?.endsWith(`| ${figure}`) ? [] : [`${name} does not end with: ${figure}`];
        }),
        ...differs(
          'dead events: kind',
          dead?.['odata.type'],
          'Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria',
        ),
        ...differs('dead events: conditions', dead?.allOf.length, 1),
        ...differs('dead events', pick(dead?.allOf[0], FIRST_DEAD_EVENT), FIRST_DEAD_EVENT),
        ...differs(
          'not ready',
          [unavailable?.['odata.type'], unavailable?.failedLocationCount],
          ['Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria', 2],
        ),
      ];
    },
  },
  {
    name: 'whoever asks from outside wants an answer of 200, every five minutes, from three places',
    template: 'main',
    check(snapshot) {
      const { properties, kind } = ofType(snapshot, 'Microsoft.Insights/webtests')[0]!;
      const { Frequency, Timeout, RetryEnabled, Locations, Request, ValidationRules } = properties;
      return [
        ...differs('kind', [kind, properties.Kind], ['standard', 'standard']),
        ...differs('how often', [Frequency, Timeout, RetryEnabled], [300, 60, true]),
        ...differs('verb', Request.HttpVerb, 'GET'),
        ...differs('places', new Set(Locations.map(({ Id }: { Id: string }) => Id)).size, 3),
        ...differs('what is wanted', ValidationRules, {
          ExpectedHttpStatusCode: 200,
          SSLCheck: true,
          SSLCertRemainingLifetimeCheck: 7,
        }),
      ];
    },
  },
  {
    name: 'a budget is there where it is asked for, and reaches the people',
    template: 'main',
    check(snapshot, { features, env }) {
      const budgets = ofType(snapshot, 'Microsoft.Consumption/budgets');
      return [
        ...differs('budgets', budgets.length, features.budget ? 1 : 0),
        ...budgets.flatMap(({ properties: { amount, category, timeGrain, timePeriod, notifications } }) => [
          ...differs('amount', String(amount), env.PAWPRINT_BUDGET_AMOUNT),
          ...differs('what is counted', [category, timeGrain], ['Cost', 'Monthly']),
          ...(/^\d{4}-\d{2}-01$/.test(timePeriod?.startDate)
            ? []
            : ['the budget begins on no first of a month']),
          ...differs(
            'letters',
            [notifications?.spent, notifications?.expected].map((letter) => pick(letter, BUDGET[0]!)),
            BUDGET,
          ),
          ...Object.values(notifications as Record<string, Resource>).flatMap((letter) =>
            differs('contactGroups', letter.contactGroups, [peopleOf(snapshot)?.id]),
          ),
        ]),
      ];
    },
  },
];
