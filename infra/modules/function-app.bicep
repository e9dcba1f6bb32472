// The function app on Flex Consumption. All of its settings are here.
import { packageContainer } from '../names.bicep'
import { identity } from 'identities.bicep'

@description('Region of the app.')
param location string

@description('Tags of every resource.')
param tags object

@description('Ending that makes the names unique.')
param suffix string

@description('The identity of the app.')
param api identity

@description('Addresses of the host account.')
param hostEndpoints { blob: string, queue: string, table: string }

@description('Addresses of the account with the models.')
param dataEndpoints { blob: string, queue: string }

@description('Application Insights.')
param insightsName string

@description('Megabytes of memory of an instance.')
param instanceMemoryMB 512 | 2048 | 4096

@description('Instances at most.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int

@description('Instances that are always there for HTTP. They cost also when nothing is asked; 0 starts one with the first request.')
@minValue(0)
@maxValue(20)
param alwaysReadyHttp int

@description('Level of key that classify and feedback ask for. With tokens it is anonymous: the code asks for the token.')
param classifyAuthLevel 'anonymous' | 'function' | 'admin'

@description('Who issues the tokens of clients, by https; empty takes keys.')
param authIssuer string

@description('Who the tokens are for.')
param authAudience string

@description('Origins of web pages that may ask from a browser, as https://app.example.org. Apps and our own page need none.')
param corsOrigins string[]

@description('Settings that an operator adds, by name: core/config.ts has them all.')
param extraSettings { *: string }

@description('Job that trains; empty where nothing is trained on Azure.')
param trainingJobName string

@description('When the app decides whether to train anew: six fields, or off.')
param retrainSchedule string

@description('Minutes after which a run of it can not be at work any more.')
param trainingMostMinutes int

@description('Subnet for what the app asks for; empty asks over the public network.')
param subnetId string

@description('Whether only Front Door may ask the app.')
param behindFrontDoor bool

@description('Id that our Front Door sends.')
param frontDoorId string

resource insights 'Microsoft.Insights/components@2020-02-02' existing = { name: insightsName }

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: 'plan-${suffix}'
  location: location
  tags: tags
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  kind: 'functionapp'
  properties: { reserved: true }
}

var storageSettings = {
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: api.clientId
  AzureWebJobsStorage__blobServiceUri: hostEndpoints.blob
  AzureWebJobsStorage__queueServiceUri: hostEndpoints.queue
  AzureWebJobsStorage__tableServiceUri: hostEndpoints.table
  MODEL_STORAGE__credential: 'managedidentity'
  MODEL_STORAGE__clientId: api.clientId
  MODEL_STORAGE__blobServiceUri: dataEndpoints.blob
  MODEL_STORAGE__queueServiceUri: dataEndpoints.queue
}

// The connection string only says where Application Insights is: it takes nothing without an identity.
var insightsSettings = {
  APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${api.clientId};Authorization=AAD'
}

var retrainSettings = empty(trainingJobName)
  ? {}
  : {
      RETRAIN_SUBSCRIPTION_ID: subscription().subscriptionId
      RETRAIN_RESOURCE_GROUP: resourceGroup().name
      RETRAIN_JOB_NAME: trainingJobName
      RETRAIN_SCHEDULE: retrainSchedule
      RETRAIN_TIMEOUT_MINUTES: string(trainingMostMinutes)
    }

var ownSettings = {
  BLOB_TRIGGER_SOURCE: 'EventGrid'
  CLASSIFY_AUTH_LEVEL: empty(authIssuer) ? classifyAuthLevel : 'anonymous'
}

var tokenSettings = empty(authIssuer) ? {} : { AUTH_ISSUER: authIssuer, AUTH_AUDIENCE: authAudience }

var restrictions = [
  {
    name: 'front-door'
    description: 'Our Front Door, and no other.'
    action: 'Allow'
    priority: 100
    tag: 'ServiceTag'
    ipAddress: 'AzureFrontDoor.Backend'
    headers: { 'x-azure-fdid': [frontDoorId] }
  }
  {
    name: 'event-grid'
    description: 'Blob events come straight to the app, with its key.'
    action: 'Allow'
    priority: 110
    tag: 'ServiceTag'
    ipAddress: 'AzureEventGrid'
  }
]

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: 'func-${suffix}'
  location: location
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${api.id}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: 'Enabled'
    keyVaultReferenceIdentity: api.id
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    outboundVnetRouting: empty(subnetId) ? null : { allTraffic: true }
    siteConfig: {
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      cors: { allowedOrigins: corsOrigins, supportCredentials: false }
      ipSecurityRestrictions: behindFrontDoor ? restrictions : null
      ipSecurityRestrictionsDefaultAction: behindFrontDoor ? 'Deny' : null
      // Deploying asks for an identity: it needn't come through Front Door.
      scmIpSecurityRestrictionsUseMain: false
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${hostEndpoints.blob}${packageContainer}'
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: api.id }
        }
      }
      runtime: { name: 'node', version: '22' }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReadyHttp == 0 ? [] : [{ name: 'http', instanceCount: alwaysReadyHttp }]
      }
    }
  }

  resource settings 'config' = {
    name: 'appsettings'
    properties: union(extraSettings, storageSettings, insightsSettings, retrainSettings, tokenSettings, ownSettings)
  }

  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

@description('Name of the app.')
output name string = app.name

@description('Host of the app.')
output host string = app.properties.defaultHostName
