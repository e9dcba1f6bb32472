/**
 * @module scripts/bicep/rules/everything
 * What holds of every resource: versions, names, tags, and that nothing is told that opens a door.
 */
import { differs, ofType, textsIn } from '../resources.ts';
import { ENVIRONMENT_NAME } from '../variants.ts';
import { theApp } from './function-app.ts';
import type { Rule } from './rule.ts';
import { lastPart } from './storage.ts';

/** Versions that were looked at: a newer one may not be rolled out everywhere, or mean something else. */
const VERSIONS: Readonly<Record<string, string>> = {
  'Microsoft.App': '2025-01-01',
  'Microsoft.Authorization': '2022-04-01',
  'Microsoft.Cdn': '2025-04-15',
  'Microsoft.Consumption': '2023-11-01',
  'Microsoft.ContainerRegistry': '2025-04-01',
  'Microsoft.EventGrid': '2025-02-15',
  'Microsoft.Insights/actionGroups': '2023-01-01',
  'Microsoft.Insights/components': '2020-02-02',
  // Never came out of preview; the version before it is of 2016.
  'Microsoft.Insights/diagnosticSettings': '2021-05-01-preview',
  'Microsoft.Insights/metricAlerts': '2018-03-01',
  'Microsoft.Insights/scheduledQueryRules': '2023-12-01',
  'Microsoft.Insights/webtests': '2022-06-15',
  'Microsoft.ManagedIdentity': '2024-11-30',
  'Microsoft.Network': '2024-05-01',
  'Microsoft.Network/frontDoorWebApplicationFirewallPolicies': '2024-02-01',
  'Microsoft.Network/privateDnsZones': '2024-06-01',
  'Microsoft.OperationalInsights': '2023-09-01',
  'Microsoft.Resources': '2024-03-01',
  'Microsoft.Storage': '2025-01-01',
  'Microsoft.Web': '2024-11-01',
};

/** The entry of a type: its own, or that of its provider. */
function versionOf(type: string): string | undefined {
  const parent = type.split('/').slice(0, 2).join('/');
  const own = Object.keys(VERSIONS).find((key) => key.toLowerCase() === parent.toLowerCase());
  return VERSIONS[own ?? type.split('/')[0]!];
}

const NAMES: Readonly<Record<string, RegExp>> = {
  'Microsoft.Storage/storageAccounts': /^[a-z0-9]{3,24}$/,
  'Microsoft.ContainerRegistry/registries': /^[a-zA-Z0-9]{5,50}$/,
  'Microsoft.Web/sites': /^[a-z0-9][a-z0-9-]{0,58}[a-z0-9]$/,
  'Microsoft.App/managedEnvironments': /^[a-z][a-z0-9-]{0,30}[a-z0-9]$/,
  'Microsoft.OperationalInsights/workspaces': /^[a-zA-Z0-9][a-zA-Z0-9-]{2,61}[a-zA-Z0-9]$/,
};

/** What the hook after the deployment and azd read. */
const OUTPUTS = [
  'AZURE_CONTAINER_REGISTRY_ENDPOINT',
  'AZURE_LOCATION',
  'AZURE_RESOURCE_GROUP',
  'EVENT_TOPIC_NAME',
  'FUNCTION_APP_NAME',
  'HOST_STORAGE_NAME',
  'MODEL_STORAGE__blobServiceUri',
  'SERVICE_URL',
  'TRAINING_JOB_NAME',
];

const SECRET =
  /AccountKey=|SharedAccessKey=|SharedAccessSignature|listKeys|InstrumentationKey=|primaryKey|\bsig=|password/i;

export const EVERYWHERE_RULES: readonly Rule[] = [
  {
    name: 'every resource has a version that was looked at',
    check: (snapshot) =>
      snapshot.predictedResources.flatMap(({ type, apiVersion, name }) =>
        differs(`${name}: version of ${type}`, apiVersion, versionOf(type)),
      ),
  },
  {
    name: 'azd finds everything by its tags',
    template: 'main',
    check: (snapshot) => [
      ...snapshot.predictedResources
        .filter((resource) => resource.location !== undefined)
        .flatMap(({ name, tags }) =>
          differs(`${name}: azd-env-name`, tags?.['azd-env-name'], ENVIRONMENT_NAME),
        ),
      ...differs('azd-service-name', theApp(snapshot).tags?.['azd-service-name'], 'api'),
      ...differs(
        'resource group',
        ofType(snapshot, 'Microsoft.Resources/resourceGroups').map(({ name }) => name),
        [`rg-${ENVIRONMENT_NAME}`],
      ),
    ],
  },
  {
    name: 'names are such as Azure takes',
    template: 'main',
    check: (snapshot) =>
      Object.entries(NAMES).flatMap(([type, pattern]) =>
        ofType(snapshot, type).flatMap(({ name }) =>
          pattern.test(name) ? [] : [`${type} can't be called ${name}`],
        ),
      ),
  },
  {
    name: 'nothing that is given back opens a door',
    template: 'main',
    check(snapshot) {
      const outputs = snapshot.outputs ?? {};
      return [
        ...differs('outputs', Object.keys(outputs).toSorted(), OUTPUTS),
        ...Object.keys(outputs).filter((name) => /key|secret|connection|token|password/i.test(name)),
        ...textsIn(outputs)
          .filter(({ text }) => SECRET.test(text) || /connectionString/i.test(text))
          .map(({ path }) => path),
      ];
    },
  },
  {
    name: 'no resource is told a key or a connection string',
    template: 'main',
    check(snapshot) {
      const insights = ofType(snapshot, 'Microsoft.Insights/components')[0];
      return snapshot.predictedResources.flatMap((resource) =>
        textsIn(resource).flatMap(({ path, text }) => {
          // It says where Application Insights is; without an identity that takes nothing.
          const isAddress =
            path === 'properties.APPLICATIONINSIGHTS_CONNECTION_STRING' &&
            text.endsWith(').ConnectionString]') &&
            insights?.properties.DisableLocalAuth === true;
          const isSecret = SECRET.test(text) || /connectionString/i.test(text);
          return isSecret && !isAddress ? [`${lastPart(resource.name)}: ${path}`] : [];
        }),
      );
    },
  },
  {
    name: 'the compiler has nothing to say of a snapshot',
    check: ({ diagnostics }) => diagnostics.map((diagnostic) => JSON.stringify(diagnostic)),
  },
];
