// Private endpoints of the services of both storage accounts, and the names that lead to them.

@description('Region of the endpoints.')
param location string

@description('Tags of every resource.')
param tags object

@description('Ending that makes the names unique.')
param suffix string

@description('The network in which the names lead to the endpoints.')
param networkId string

@description('Subnet of the endpoints.')
param subnetId string

@description('The account of the Functions host.')
param hostAccountName string

@description('The account with the models.')
param dataAccountName string

var services = ['blob', 'queue', 'table']

var endpoints = [
  { account: 'host', service: 'blob' }
  { account: 'host', service: 'queue' }
  { account: 'host', service: 'table' }
  { account: 'data', service: 'blob' }
  { account: 'data', service: 'queue' }
]

resource hostAccount 'Microsoft.Storage/storageAccounts@2025-01-01' existing = { name: hostAccountName }

resource dataAccount 'Microsoft.Storage/storageAccounts@2025-01-01' existing = { name: dataAccountName }

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for service in services: {
    name: 'privatelink.${service}.${environment().suffixes.storage}'
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (service, index) in services: {
    parent: zones[index]
    name: 'network'
    location: 'global'
    tags: tags
    properties: { virtualNetwork: { id: networkId }, registrationEnabled: false }
  }
]

resource privateEndpoints 'Microsoft.Network/privateEndpoints@2024-05-01' = [
  for endpoint in endpoints: {
    name: 'pe-${endpoint.account}-${endpoint.service}-${suffix}'
    location: location
    tags: tags
    properties: {
      subnet: { id: subnetId }
      privateLinkServiceConnections: [
        {
          name: '${endpoint.account}-${endpoint.service}'
          properties: {
            privateLinkServiceId: endpoint.account == 'host' ? hostAccount.id : dataAccount.id
            groupIds: [endpoint.service]
          }
        }
      ]
    }
  }
]

resource zoneGroups 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01' = [
  for (endpoint, index) in endpoints: {
    parent: privateEndpoints[index]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: endpoint.service
          properties: { privateDnsZoneId: zones[indexOf(services, endpoint.service)].id }
        }
      ]
    }
  }
]
