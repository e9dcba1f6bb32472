/**
 * @module tests/infra/mutations/app
 * What can be wrong with the function app.
 */
import { CPU, type Mutation, SITE, settings, the } from './mutation.ts';

const flex = 'the app is whole for Flex Consumption';
const identity = 'one identity is the app, for its package and for every connection';
const addresses = 'every connection has all of its addresses, of its own account';
const code = 'settings are those that the code reads, and it takes them';

const config = (snapshot: Parameters<Mutation['mutate']>[0]) =>
  the(snapshot, SITE).properties.functionAppConfig;

export const APP: readonly Mutation[] = [
  {
    rule: 'the app speaks https only, and is deployed to by identity only',
    what: 'http',
    mutate: (s) => (the(s, SITE).properties.httpsOnly = false),
  },
  {
    rule: 'the app speaks https only, and is deployed to by identity only',
    what: 'TLS that does not exist',
    mutate: (s) => (the(s, SITE).properties.siteConfig.minTlsVersion = '1.9'),
  },
  {
    rule: 'the app speaks https only, and is deployed to by identity only',
    what: 'a password for deploying',
    mutate: (s) => (the(s, `${SITE}/basicPublishingCredentialsPolicies`, 'scm').properties.allow = true),
  },
  {
    rule: 'the app speaks https only, and is deployed to by identity only',
    what: 'FTP',
    mutate: (s) => (the(s, SITE).properties.siteConfig.ftpsState = 'AllAllowed'),
  },
  {
    rule: flex,
    what: 'no functionAppConfig',
    mutate: (s) => delete the(s, SITE).properties.functionAppConfig,
  },
  {
    rule: flex,
    what: 'the id of the container',
    mutate: (s) => (config(s).deployment.storage.value = 'app-package'),
  },
  {
    rule: flex,
    what: 'a container that is not there',
    mutate: (s) => {
      const { storage } = config(s).deployment;
      storage.value = storage.value.replace("'app-package'", "'app-packages'");
    },
  },
  {
    rule: flex,
    what: 'another kind of storage',
    mutate: (s) => (config(s).deployment.storage.type = 'blobcontainer'),
  },
  { rule: flex, what: 'another name of the runtime', mutate: (s) => (config(s).runtime.name = 'nodejs') },
  { rule: flex, what: 'another version of Node.js', mutate: (s) => (config(s).runtime.version = '20') },
  {
    rule: flex,
    what: 'memory that there is not',
    mutate: (s) => (config(s).scaleAndConcurrency.instanceMemoryMB = 1000),
  },
  {
    rule: flex,
    what: 'no instance',
    mutate: (s) => (config(s).scaleAndConcurrency.maximumInstanceCount = 0),
  },
  {
    rule: flex,
    what: 'always ready for nothing',
    mutate: (s) => (config(s).scaleAndConcurrency.alwaysReady = [{ name: 'https', instanceCount: 1 }]),
  },
  { rule: flex, what: 'a kind without linux', mutate: (s) => (the(s, SITE).kind = 'functionapp') },
  {
    rule: flex,
    what: 'another plan',
    mutate: (s) => (the(s, 'Microsoft.Web/serverfarms').sku.tier = 'Dynamic'),
  },
  {
    rule: flex,
    what: 'Windows',
    mutate: (s) => delete the(s, 'Microsoft.Web/serverfarms').properties.reserved,
  },
  {
    rule: identity,
    what: 'the identity of the training',
    mutate: (s) => {
      settings(s).MODEL_STORAGE__clientId = settings(s).MODEL_STORAGE__clientId.replace(
        'id-api-',
        'id-training-',
      );
    },
  },
  {
    rule: identity,
    what: 'the id of the identity, not its client id',
    mutate: (s) => {
      const { AzureWebJobsStorage__clientId: id } = settings(s);
      settings(s).AzureWebJobsStorage__clientId = id.replace(').clientId', ').principalId');
    },
  },
  {
    rule: identity,
    what: 'another identity for the package',
    mutate: (s) => (config(s).deployment.storage.authentication.userAssignedIdentityResourceId += 'x'),
  },
  {
    rule: identity,
    what: 'a key for the package',
    mutate: (s) => (config(s).deployment.storage.authentication.type = 'StorageAccountConnectionString'),
  },
  {
    rule: identity,
    what: 'Application Insights without an identity',
    mutate: (s) => (settings(s).APPLICATIONINSIGHTS_AUTHENTICATION_STRING = 'Authorization=AAD'),
  },
  {
    rule: identity,
    what: 'a system-assigned identity',
    mutate: (s) => (the(s, SITE).identity.type = 'SystemAssigned'),
  },
  // Field case 60.
  {
    rule: addresses,
    what: 'no queue of the models',
    mutate: (s) => delete settings(s).MODEL_STORAGE__queueServiceUri,
  },
  {
    rule: addresses,
    what: 'no table of the host',
    mutate: (s) => delete settings(s).AzureWebJobsStorage__tableServiceUri,
  },
  {
    rule: addresses,
    what: 'the host account for the models',
    mutate: (s) =>
      (settings(s).MODEL_STORAGE__blobServiceUri = settings(s).AzureWebJobsStorage__blobServiceUri),
  },
  ...[
    'FUNCTIONS_WORKER_RUNTIME',
    'FUNCTIONS_EXTENSION_VERSION',
    'WEBSITE_RUN_FROM_PACKAGE',
    'AzureWebJobsStorage',
  ].map(
    (name): Mutation => ({
      // Field case 62.
      rule: 'no setting is there that Flex Consumption refuses',
      what: name,
      mutate: (s) => (settings(s)[name] = 'node'),
    }),
  ),
  { rule: code, what: 'a setting that nobody reads', mutate: (s) => (settings(s).CLASIFY_QUEUE = '1') },
  {
    rule: code,
    what: 'a value that the code refuses',
    mutate: (s) => (settings(s).CLASSIFY_AUTH_LEVEL = 'everybody'),
  },
  {
    rule: code,
    what: 'five fields',
    variant: CPU,
    mutate: (s) => (settings(s).RETRAIN_SCHEDULE = '0 5 * * 1'),
  },
  {
    rule: code,
    what: 'a scan in place of events',
    mutate: (s) => (settings(s).BLOB_TRIGGER_SOURCE = 'LogsAndContainerScan'),
  },
  {
    rule: code,
    what: 'a job in no group',
    variant: CPU,
    mutate: (s) => delete settings(s).RETRAIN_RESOURCE_GROUP,
  },
  {
    rule: 'no origin is everybody',
    what: 'a star',
    mutate: (s) => (the(s, SITE).properties.siteConfig.cors.allowedOrigins = ['*']),
  },
];
