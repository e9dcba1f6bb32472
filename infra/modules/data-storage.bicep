// The account with everything of Pawprint: models, registry, feedback, data sets, and the queues of events that failed.
import { containers, queues } from '../names.bicep'
import { networkRules } from 'storage-network.bicep'

@description('Region of the account.')
param location string

@description('Tags of every resource.')
param tags object

@description('Ending that makes the name unique.')
param suffix string

@description('Who may reach the account.')
param network networkRules

@description('Days that feedback and its pictures are kept; their copies that a reviewer accepted for training too.')
@minValue(1)
@maxValue(3650)
param feedbackRetentionDays int

@description('Days that the daily histograms of scores are kept.')
@minValue(30)
@maxValue(3650)
param scoresRetentionDays int

@description('Days that a deleted or overwritten blob can be brought back. What is deleted for privacy is gone only after them.')
@minValue(1)
@maxValue(365)
param undeleteDays int

@description('Workspace that gets the log of writes to the queues.')
param workspaceId string

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: 'stdata${suffix}'
  location: location
  tags: tags
  sku: { name: 'Standard_LRS' }
  kind: 'StorageV2'
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    networkAcls: network
    publicNetworkAccess: 'Enabled'
    supportsHttpsTrafficOnly: true
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      // What is overwritten, as production.json, is kept so long too. Versioning would keep it longer than privacy allows.
      deleteRetentionPolicy: { enabled: true, days: undeleteDays }
      containerDeleteRetentionPolicy: { enabled: true, days: undeleteDays }
    }

    resource ours 'containers' = [
      for name in containers: {
        name: name
        properties: { publicAccess: 'None' }
      }
    ]
  }

  resource queueService 'queueServices' = {
    name: 'default'

    resource ours 'queues' = [for name in queues: { name: name }]
  }

  // Versions of models, records and moves of production are kept: `npm run models -- gc` removes what nobody needs.
  resource lifecycle 'managementPolicies' = {
    name: 'default'
    properties: {
      policy: {
        rules: [
          {
            name: 'feedback-is-kept-for-a-time'
            enabled: true
            type: 'Lifecycle'
            definition: {
              filters: { blobTypes: ['blockBlob'], prefixMatch: ['feedback/', 'datasets/feedback/'] }
              actions: { baseBlob: { delete: { daysAfterCreationGreaterThan: feedbackRetentionDays } } }
            }
          }
          {
            name: 'scores-are-kept-for-a-time'
            enabled: true
            type: 'Lifecycle'
            definition: {
              filters: { blobTypes: ['blockBlob'], prefixMatch: ['registry/scores/'] }
              actions: { baseBlob: { delete: { daysAfterCreationGreaterThan: scoresRetentionDays } } }
            }
          }
        ]
      }
    }
    dependsOn: [blobs]
  }
}

resource queueLog 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'queue-writes'
  scope: account::queueService
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'StorageWrite', enabled: true }]
  }
}

@description('Name of the account.')
output name string = account.name

@description('Addresses of its services.')
output endpoints { blob: string, queue: string } = {
  blob: account.properties.primaryEndpoints.blob
  queue: account.properties.primaryEndpoints.queue
}
