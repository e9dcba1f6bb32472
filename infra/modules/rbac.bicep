// Every right that an identity has, each on one resource. Nobody has one on the resource group.
import { containers, deadEventsContainer } from '../names.bicep'
import { roles } from '../roles.bicep'

@description('The account of the Functions host.')
param hostAccountName string

@description('The account with the models.')
param dataAccountName string

@description('Application Insights.')
param insightsName string

@description('Registry of the training image; empty where nothing is trained on Azure.')
param registryName string

@description('Object id of the identity of the function app.')
param apiPrincipalId string

@description('Object id of the identity of the training job.')
param trainingPrincipalId string

@description('Object id of the identity of the Event Grid topic.')
param topicPrincipalId string

@description('Object id of who deploys and runs the commands of `npm run models`; empty gives nobody anything.')
param operatorPrincipalId string

@description('What that is.')
param operatorPrincipalType 'User' | 'Group' | 'ServicePrincipal'

resource hostAccount 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: hostAccountName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource deadEvents 'containers' existing = { name: deadEventsContainer }
  }
}

resource dataAccount 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: dataAccountName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource each 'containers' existing = [for name in containers: { name: name }]

    resource trained 'containers' existing = { name: 'trained' }

    resource datasets 'containers' existing = { name: 'datasets' }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = { name: insightsName }

resource registry 'Microsoft.ContainerRegistry/registries@2025-04-01' existing = if (!empty(registryName)) {
  name: registryName
}

// The host keeps its leases, keys and internal queue in its own account, and asks for these three roles on it.
resource apiOnHost 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in [roles.blobDataOwner, roles.queueDataContributor, roles.tableDataContributor]: {
    name: guid(hostAccount.id, apiPrincipalId, role)
    scope: hostAccount
    properties: {
      principalId: apiPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

resource apiOnContainers 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, index) in containers: {
    name: guid(dataAccount::blobs::each[index].id, apiPrincipalId, roles.blobDataContributor)
    scope: dataAccount::blobs::each[index]
    properties: {
      principalId: apiPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobDataContributor)
    }
  }
]

// On the account: the host stops when it can't write a poison message, and it asks for a queue before it writes.
resource apiOnQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(dataAccount.id, apiPrincipalId, roles.queueDataContributor)
  scope: dataAccount
  properties: {
    principalId: apiPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.queueDataContributor)
  }
}

resource apiOnInsights 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, apiPrincipalId, roles.metricsPublisher)
  scope: insights
  properties: {
    principalId: apiPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.metricsPublisher)
  }
}

resource trainingOnTrained 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(registryName)) {
  name: guid(dataAccount::blobs::trained.id, trainingPrincipalId, roles.blobDataContributor)
  scope: dataAccount::blobs::trained
  properties: {
    principalId: trainingPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobDataContributor)
  }
}

resource trainingOnDatasets 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(registryName)) {
  name: guid(dataAccount::blobs::datasets.id, trainingPrincipalId, roles.blobDataReader)
  scope: dataAccount::blobs::datasets
  properties: {
    principalId: trainingPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobDataReader)
  }
}

resource trainingOnRegistry 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(registryName)) {
  name: guid(registry.id, trainingPrincipalId, roles.acrPull)
  scope: registry
  properties: {
    principalId: trainingPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.acrPull)
  }
}

resource topicOnDeadEvents 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(hostAccount::blobs::deadEvents.id, topicPrincipalId, roles.blobDataContributor)
  scope: hostAccount::blobs::deadEvents
  properties: {
    principalId: topicPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobDataContributor)
  }
}

resource operatorOnContainers 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, index) in containers: if (!empty(operatorPrincipalId)) {
    name: guid(dataAccount::blobs::each[index].id, operatorPrincipalId, roles.blobDataContributor)
    scope: dataAccount::blobs::each[index]
    properties: {
      principalId: operatorPrincipalId
      principalType: operatorPrincipalType
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobDataContributor)
    }
  }
]

resource operatorOnRegistry 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(operatorPrincipalId) && !empty(registryName)) {
  name: guid(registry.id, operatorPrincipalId, roles.acrPush)
  scope: registry
  properties: {
    principalId: operatorPrincipalId
    principalType: operatorPrincipalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.acrPush)
  }
}
