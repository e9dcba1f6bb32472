// The Functions host's own account: its leases and keys, the package of the app, and events that nobody took. No model is in it.
import { deadEventsContainer, packageContainer } from '../names.bicep'
import { networkRules } from 'storage-network.bicep'

@description('Region of the account.')
param location string

@description('Tags of every resource.')
param tags object

@description('Ending that makes the name unique.')
param suffix string

@description('Who may reach the account.')
param network networkRules

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: 'sthost${suffix}'
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
      deleteRetentionPolicy: { enabled: true, days: 7 }
      containerDeleteRetentionPolicy: { enabled: true, days: 7 }
    }

    resource containers 'containers' = [
      for name in [packageContainer, deadEventsContainer]: {
        name: name
        properties: { publicAccess: 'None' }
      }
    ]
  }

  resource lifecycle 'managementPolicies' = {
    name: 'default'
    properties: {
      policy: {
        rules: [
          {
            name: 'dead-events-are-kept-90-days'
            enabled: true
            type: 'Lifecycle'
            definition: {
              filters: { blobTypes: ['blockBlob'], prefixMatch: ['${deadEventsContainer}/'] }
              actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: 90 } } }
            }
          }
        ]
      }
    }
    dependsOn: [blobs]
  }
}

@description('Name of the account.')
output name string = account.name

@description('Addresses of its services.')
output endpoints { blob: string, queue: string, table: string } = {
  blob: account.properties.primaryEndpoints.blob
  queue: account.properties.primaryEndpoints.queue
  table: account.properties.primaryEndpoints.table
}
