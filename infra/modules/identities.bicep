// Who the function app and the training job are. Each has rights of its own: see rbac.bicep.

@description('Region of the identities.')
param location string

@description('Tags of every resource.')
param tags object

@description('Ending that makes the names unique.')
param suffix string

resource api 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-api-${suffix}'
  location: location
  tags: tags
}

resource training 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-training-${suffix}'
  location: location
  tags: tags
}

@description('What names an identity to the others.')
@export()
type identity = {
  @description('Resource id.')
  id: string
  @description('Object id, which rights are given to.')
  principalId: string
  @description('Client id, by which a program chooses it.')
  clientId: string
}

@description('Of the function app.')
output api identity = {
  id: api.id
  principalId: api.properties.principalId
  clientId: api.properties.clientId
}

@description('Of the training job.')
output training identity = {
  id: training.id
  principalId: training.properties.principalId
  clientId: training.properties.clientId
}
