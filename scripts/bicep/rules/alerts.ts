/**
 * @module scripts/bicep/rules/alerts
 * What wakes somebody, and where logs go.
 */
import { differs, ofType, type Resource, type Snapshot } from '../resources.ts';
import type { Rule } from './rule.ts';

const ISO = /^P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?$/;
const SEARCH = 'Microsoft.Insights/scheduledQueryRules';
const METRIC = 'Microsoft.Insights/metricAlerts';

const insightsOf = (snapshot: Snapshot): Resource | undefined =>
  ofType(snapshot, 'Microsoft.Insights/components')[0];
export const peopleOf = (snapshot: Snapshot): Resource | undefined =>
  ofType(snapshot, 'Microsoft.Insights/actionGroups')[0];

/** Query and scope of a search, by the begin of its name. */
function searchNamed(snapshot: Snapshot, name: string): { query: string; scope: string } {
  const properties = ofType(snapshot, SEARCH).find((rule) => rule.name.startsWith(`${name}-`))?.properties;
  return { query: properties?.criteria.allOf[0].query ?? '', scope: properties?.scopes[0] ?? '' };
}

export const ALERT_RULES: readonly Rule[] = [
  {
    name: 'Application Insights takes identities only, into a workspace that is bounded',
    template: 'main',
    check(snapshot) {
      const workspace = ofType(snapshot, 'Microsoft.OperationalInsights/workspaces')[0];
      const { retentionInDays, workspaceCapping, features } = workspace?.properties ?? {};
      return [
        // Without it the connection string in the settings would be a key.
        ...differs('DisableLocalAuth', insightsOf(snapshot)?.properties.DisableLocalAuth, true),
        ...differs('disableLocalAuth of the workspace', features?.disableLocalAuth, true),
        ...differs('DisableIpMasking', insightsOf(snapshot)?.properties.DisableIpMasking, false),
        ...differs(
          'WorkspaceResourceId',
          insightsOf(snapshot)?.properties.WorkspaceResourceId,
          workspace?.id,
        ),
        ...(workspaceCapping?.dailyQuotaGb > 0 ? [] : ['the workspace takes logs without end']),
        ...(retentionInDays >= 30 ? [] : ['logs are not kept a month']),
      ];
    },
  },
  {
    name: 'every alert is on and reaches the same people',
    template: 'main',
    check(snapshot, { env }) {
      const people = peopleOf(snapshot);
      const receivers: { emailAddress: string }[] = people?.properties.emailReceivers ?? [];
      const alerts = [...ofType(snapshot, SEARCH), ...ofType(snapshot, METRIC)];
      return [
        ...differs('the number of alerts', alerts.length, 7),
        ...differs(
          'who gets letters',
          receivers.map(({ emailAddress }) => emailAddress),
          (env.PAWPRINT_ALERT_EMAILS ?? '').split(',').filter((email) => email !== ''),
        ),
        ...(people?.properties.groupShortName.length <= 12
          ? []
          : ['the short name of the people is too long']),
        ...alerts.flatMap(({ name, type, properties }) => [
          ...differs(`${name}: enabled`, properties.enabled, true),
          ...differs(
            `${name}: people`,
            type === METRIC
              ? properties.actions?.map((action: { actionGroupId: string }) => action.actionGroupId)
              : properties.actions?.actionGroups,
            [people?.id],
          ),
          ...['evaluationFrequency', 'windowSize'].flatMap((key) =>
            ISO.test(properties[key]) ? [] : [`${name}: ${key} is ${properties[key]}, not a time`],
          ),
        ]),
      ];
    },
  },
  {
    name: 'alerts look for what the code says and where it says it',
    template: 'main',
    check(snapshot, { code }) {
      const failed = searchNamed(snapshot, 'version-failed');
      const unreadable = searchNamed(snapshot, 'event-unreadable');
      const workspace = ofType(snapshot, 'Microsoft.OperationalInsights/workspaces')[0];
      const log = ofType(snapshot, 'Microsoft.Insights/diagnosticSettings').find(({ id }) =>
        /\/storageAccounts\/stdata\w+\/queueServices\/default\//.test(id),
      );
      const lineOf = (event: string) => ({
        query: `traces | where message has "${event}"`,
        scope: insightsOf(snapshot)?.id,
      });
      return [
        ...differs('version-failed', failed, lineOf(code.versionFailedEvent)),
        ...differs(
          'training-failed',
          searchNamed(snapshot, 'training-failed'),
          lineOf(code.retrainFailedEvent),
        ),
        // The first deployment comes before the first line of a log, and with it the table.
        ...ofType(snapshot, SEARCH).flatMap(({ name, properties }) =>
          differs(`${name}: skipQueryValidation`, properties.skipQueryValidation, true),
        ),
        ...(unreadable.query.startsWith('StorageQueueLogs |') && unreadable.query.includes('"PutMessage"')
          ? []
          : ['event-unreadable asks something else']),
        ...(unreadable.query.includes(`"/${code.poisonQueue}-poison/"`)
          ? []
          : ['event-unreadable looks at another queue']),
        ...differs('event-unreadable: scope', unreadable.scope, workspace?.id),
        ...differs(
          'log of the queues',
          [log?.properties.workspaceId, log?.properties.logs],
          [workspace?.id, [{ category: 'StorageWrite', enabled: true }]],
        ),
      ];
    },
  },
  {
    name: 'failures and slow answers are asked of Application Insights, which has them on Flex Consumption',
    template: 'main',
    check(snapshot) {
      const queries = ['requests-fail', 'requests-slow'].map((name) => searchNamed(snapshot, name));
      return [
        ...queries.flatMap(({ query, scope }) => [
          ...(/^requests \| .*total >= \d+ and .* > /.test(query)
            ? []
            : [`a query asks something else: ${query}`]),
          ...differs('scope', scope, insightsOf(snapshot)?.id),
        ]),
        ...(/countif\(toint\(resultCode\) >= 500\)/.test(queries[0]!.query)
          ? []
          : ['faults are not counted']),
        ...(/name has "classify".*percentile\(duration, 95\)/.test(queries[1]!.query)
          ? []
          : ['the time is not that of classify']),
        ...ofType(snapshot, METRIC)
          .filter(({ properties }) => /Microsoft\.Web/.test(JSON.stringify(properties.criteria)))
          .map(({ name }) => `${name} asks the app for figures that it may not have`),
      ];
    },
  },
  {
    name: 'somebody asks from outside whether a model answers, and dead events are counted',
    template: 'main',
    check(snapshot, { code, features }) {
      const test = ofType(snapshot, 'Microsoft.Insights/webtests')[0];
      const metrics = ofType(snapshot, METRIC).map(({ properties }) => properties);
      const unavailable = metrics.find(({ criteria }) => criteria.webTestId !== undefined);
      const dead = metrics.find(({ criteria }) => criteria.allOf?.[0]?.metricName === 'DeadLetteredCount');
      const { RequestUrl: url = '' } = test?.properties.Request ?? {};
      const host = features.frontDoor
        ? /\/afdEndpoints\/[^']+', '[^']+'\)\.hostName/
        : /\/sites\/[^']+', '[^']+'\)\.defaultHostName/;
      const topic = ofType(snapshot, 'Microsoft.EventGrid/systemTopics')[0];
      return [
        ...(url.includes("'https://{0}/api/ready'") && code.routes.includes('ready')
          ? []
          : [`${url} is not asked for ready`]),
        ...(host.test(url) ? [] : ['what is asked is not where clients ask']),
        ...(test?.tags?.[`hidden-link:${insightsOf(snapshot)?.id}`] === 'Resource'
          ? []
          : ['the portal does not find the test']),
        ...differs('test: id', unavailable?.criteria.webTestId, test?.id),
        ...differs('test: component', unavailable?.criteria.componentId, insightsOf(snapshot)?.id),
        ...differs('test: scopes', unavailable?.scopes, [test?.id, insightsOf(snapshot)?.id]),
        ...(unavailable?.criteria.failedLocationCount < test?.properties.Locations.length
          ? []
          : ['more places must fail than ask']),
        ...differs('dead events: scopes', dead?.scopes, [topic?.id]),
      ];
    },
  },
];
