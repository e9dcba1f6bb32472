// Front Door itself, apart from where it leads: the app must know its id, and it must know the app's host.

@description('Tags of every resource.')
param tags object

@description('Ending that makes the name unique.')
param suffix string

resource profile 'Microsoft.Cdn/profiles@2025-04-15' = {
  name: 'afd-${suffix}'
  location: 'global'
  tags: tags
  sku: { name: 'Standard_AzureFrontDoor' }
  properties: { originResponseTimeoutSeconds: 60 }
}

@description('Name of the profile.')
output name string = profile.name

@description('What it sends as x-azure-fdid, by which the app knows it.')
output frontDoorId string = profile.properties.frontDoorId
