/**
 * @module scripts/bicep/rules/function-app
 * The function app: how it runs, and what it is told.
 */
import { differs, ofType, type Resource, referenceIn, type Snapshot } from '../resources.ts';
import type { Rule } from './rule.ts';
import { accountNamed, lastPart } from './storage.ts';

const MEMORIES = [512, 2048, 4096];
/** Flex Consumption refuses them, or fails with them. */
const FORBIDDEN =
  /^(FUNCTIONS_WORKER_RUNTIME|FUNCTIONS_EXTENSION_VERSION|WEBSITE_.*|AzureWebJobsStorage|MODEL_STORAGE)$/;

export function theApp(snapshot: Snapshot): Resource {
  const app = ofType(snapshot, 'Microsoft.Web/sites')[0];
  if (app === undefined) throw new Error('there is no function app');
  return app;
}

export function settingsOf(snapshot: Snapshot): Record<string, string> {
  return (
    ofType(snapshot, 'Microsoft.Web/sites/config').find(({ name }) => lastPart(name) === 'appsettings')
      ?.properties ?? {}
  );
}

/** Id of the one identity that the app has. */
export function identityOf(snapshot: Snapshot): string | undefined {
  const ids = Object.keys(theApp(snapshot).identity?.userAssignedIdentities ?? {});
  return ids.length === 1 ? ids[0] : undefined;
}

/** An expression in a form that the code can judge: addresses are addresses, the rest are words. */
function standIn(name: string, value: string): string {
  if (!value.startsWith('[')) return value;
  if (name.endsWith('Uri')) return `https://${referenceIn(value)?.id.split('/').at(-1)}.example.org/`;
  if (name === 'APPLICATIONINSIGHTS_CONNECTION_STRING')
    return 'InstrumentationKey=0;IngestionEndpoint=https://x/';
  if (name === 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING')
    return value.replace(/^\[format\('(.*)\{0\}(.*?)'.*$/, '$10$2');
  return 'x';
}

export const FUNCTION_APP_RULES: readonly Rule[] = [
  {
    name: 'the app speaks https only, and is deployed to by identity only',
    template: 'main',
    check(snapshot) {
      const { properties } = theApp(snapshot);
      const policies = ofType(snapshot, 'Microsoft.Web/sites/basicPublishingCredentialsPolicies');
      return [
        ...differs('httpsOnly', properties.httpsOnly, true),
        ...(['1.2', '1.3'].includes(properties.siteConfig?.minTlsVersion) ? [] : ['TLS before 1.2 is taken']),
        ...differs('ftpsState', properties.siteConfig?.ftpsState, 'Disabled'),
        ...differs('policies', policies.map(({ name }) => lastPart(name)).toSorted(), ['ftp', 'scm']),
        ...policies.flatMap(({ name, properties: { allow } }) => differs(`${name}: allow`, allow, false)),
      ];
    },
  },
  {
    // Field case 62.
    name: 'the app is whole for Flex Consumption',
    template: 'main',
    check(snapshot, { code }) {
      const { kind, properties } = theApp(snapshot);
      const { deployment, runtime, scaleAndConcurrency: scale } = properties.functionAppConfig ?? {};
      const plan = ofType(snapshot, 'Microsoft.Web/serverfarms')[0];
      const containers = ofType(snapshot, 'Microsoft.Storage/storageAccounts/blobServices/containers');
      const place =
        /^\[format\('\{0\}\{1\}', reference\('([^']+)', '[^']+'\)\.primaryEndpoints\.blob, '([^']+)'\)\]$/.exec(
          deployment?.storage?.value,
        );
      const target = `${place?.[1]}/blobServices/default/containers/${place?.[2]}`;
      return [
        ...differs('kind', kind, 'functionapp,linux'),
        ...differs('plan', plan?.sku, { name: 'FC1', tier: 'FlexConsumption' }),
        ...differs('plan: reserved', plan?.properties?.reserved, true),
        ...differs('serverFarmId', properties.serverFarmId, plan?.id),
        ...differs('runtime', runtime, { name: 'node', version: code.node }),
        ...differs('deployment: type', deployment?.storage?.type, 'blobContainer'),
        ...(containers.some(({ id }) => id === target)
          ? []
          : [`deployment: there is no container ${target}`]),
        ...(MEMORIES.includes(scale?.instanceMemoryMB)
          ? []
          : [`instanceMemoryMB: ${scale?.instanceMemoryMB}`]),
        ...(scale?.maximumInstanceCount >= 1 && scale.maximumInstanceCount <= 1000
          ? []
          : ['maximumInstanceCount']),
        ...(scale?.alwaysReady ?? []).flatMap((ready: { name: string; instanceCount: number }) =>
          /^(http|blob|durable|function:.+)$/.test(ready.name) && ready.instanceCount > 0
            ? []
            : [`alwaysReady: ${JSON.stringify(ready)}`],
        ),
      ];
    },
  },
  {
    name: 'one identity is the app, for its package and for every connection',
    template: 'main',
    check(snapshot) {
      const identity = identityOf(snapshot);
      const { identity: own, properties } = theApp(snapshot);
      const { authentication } = properties.functionAppConfig?.deployment?.storage ?? {};
      const settings = settingsOf(snapshot);
      return [
        ...differs('identity.type', own?.type, 'UserAssigned'),
        ...(identity === undefined ? ['the app has not one identity'] : []),
        ...differs('package: type', authentication?.type, 'UserAssignedIdentity'),
        ...differs('package: identity', authentication?.userAssignedIdentityResourceId, identity),
        ...['AzureWebJobsStorage', 'MODEL_STORAGE'].flatMap((connection) => [
          ...differs(`${connection}__credential`, settings[`${connection}__credential`], 'managedidentity'),
          ...differs(`${connection}__clientId`, referenceIn(settings[`${connection}__clientId`]), {
            id: identity,
            property: 'clientId',
          }),
        ]),
        ...differs(
          'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
          settings.APPLICATIONINSIGHTS_AUTHENTICATION_STRING?.replace(/reference\(.*\)\.clientId/, (call) =>
            referenceIn(call)?.id === identity ? 'ours' : 'of another',
          ),
          "[format('ClientId={0};Authorization=AAD', ours)]",
        ),
      ];
    },
  },
  {
    // Field case 60: without the queue's address the host stops at the first poison message.
    name: 'every connection has all of its addresses, of its own account',
    template: 'main',
    check(snapshot, { code }) {
      const settings = settingsOf(snapshot);
      const connections = [
        {
          name: 'AzureWebJobsStorage',
          account: accountNamed(snapshot, 'sthost'),
          services: ['blob', 'queue', 'table'],
        },
        ...[...new Set(code.triggers.map(({ connection }) => connection))].map((name) => ({
          name,
          account: accountNamed(snapshot, 'stdata'),
          services: ['blob', 'queue'],
        })),
      ];
      return connections.flatMap(({ name, account, services }) =>
        services.flatMap((service) =>
          differs(`${name}__${service}ServiceUri`, referenceIn(settings[`${name}__${service}ServiceUri`]), {
            id: account?.id,
            property: `primaryEndpoints.${service}`,
          }),
        ),
      );
    },
  },
  {
    name: 'no setting is there that Flex Consumption refuses',
    template: 'main',
    check: (snapshot) =>
      Object.keys(settingsOf(snapshot))
        .filter((name) => FORBIDDEN.test(name))
        .map((name) => `${name} must not be set`),
  },
  {
    name: 'settings are those that the code reads, and it takes them',
    template: 'main',
    check(snapshot, { code, features }) {
      const settings = settingsOf(snapshot);
      const known = (name: string) => name.startsWith('AzureWebJobsStorage__') || code.appSettings.has(name);
      const needed = ['BLOB_TRIGGER_SOURCE', ...(features.job ? JOB_SETTINGS : [])];
      const stood = Object.entries(settings).map(([name, value]) => [name, standIn(name, value)]);
      const complaint = code.complaintOf(Object.fromEntries(stood));
      return [
        ...Object.keys(settings).flatMap((name) =>
          known(name) ? [] : [`the code reads no setting ${name}`],
        ),
        ...needed.flatMap((name) => (settings[name] ? [] : [`${name} is not set`])),
        ...differs('BLOB_TRIGGER_SOURCE', settings.BLOB_TRIGGER_SOURCE, 'EventGrid'),
        ...(complaint === undefined ? [] : [complaint]),
      ];
    },
  },
  {
    name: 'no origin is everybody',
    template: 'main',
    check(snapshot) {
      const { allowedOrigins = [], supportCredentials } = theApp(snapshot).properties.siteConfig?.cors ?? {};
      return [
        ...allowedOrigins.flatMap((origin: string) =>
          /^https:\/\/[a-z0-9.-]+(:\d+)?$/.test(origin) ? [] : [`${origin} is not the origin of a page`],
        ),
        ...differs('supportCredentials', supportCredentials, false),
      ];
    },
  },
];

const JOB_SETTINGS = [
  'RETRAIN_SUBSCRIPTION_ID',
  'RETRAIN_RESOURCE_GROUP',
  'RETRAIN_JOB_NAME',
  'RETRAIN_TIMEOUT_MINUTES',
];
