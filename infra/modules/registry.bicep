// The registry that the training image is pushed to.

@description('Region of the registry.')
param location string

@description('Tags of every resource.')
param tags object

@description('Ending that makes the name unique.')
@minLength(13)
@maxLength(13)
param suffix string

resource registry 'Microsoft.ContainerRegistry/registries@2025-04-01' = {
  name: 'cr${suffix}'
  location: location
  tags: tags
  sku: { name: 'Basic' }
  properties: {
    adminUserEnabled: false
    anonymousPullEnabled: false
    publicNetworkAccess: 'Enabled'
  }
}

@description('Name of the registry.')
output name string = registry.name

@description('Its host, with which the name of an image begins.')
output server string = registry.properties.loginServer
