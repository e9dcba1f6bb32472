// The topic that tells of new blobs. Who listens to it comes after the code is there: ../blob-events.bicep.

@description('Region of the account, which is that of the topic too.')
param location string

@description('Tags of every resource.')
param tags object

@description('Ending that makes the name unique.')
param suffix string

@description('The account with the models.')
param dataAccountName string

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' existing = { name: dataAccountName }

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: 'evgt-${suffix}'
  location: location
  tags: tags
  // Its own identity, not one of ours: only that gets through the firewall of a storage account.
  identity: { type: 'SystemAssigned' }
  properties: { source: account.id, topicType: 'Microsoft.Storage.StorageAccounts' }
}

@description('Name of the topic.')
output name string = topic.name

@description('Resource id of the topic.')
output id string = topic.id

@description('Object id of its identity.')
output principalId string = topic.identity.principalId
