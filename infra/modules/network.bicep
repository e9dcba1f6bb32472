// A network of our own, with private endpoints for both storage accounts. Only with `privateNetwork`.

@description('Region of the network.')
param location string

@description('Tags of every resource.')
param tags object

@description('Ending that makes the names unique.')
param suffix string

resource closed 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: 'nsg-endpoints-${suffix}'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'https-from-the-network'
        properties: {
          access: 'Allow'
          direction: 'Inbound'
          priority: 100
          protocol: 'Tcp'
          sourceAddressPrefix: 'VirtualNetwork'
          sourcePortRange: '*'
          destinationAddressPrefix: 'VirtualNetwork'
          destinationPortRange: '443'
        }
      }
      {
        name: 'nothing-else'
        properties: {
          access: 'Deny'
          direction: 'Inbound'
          priority: 4096
          protocol: '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

resource outbound 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: 'nsg-outbound-${suffix}'
  location: location
  tags: tags
  properties: { securityRules: [] }
}

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: 'vnet-${suffix}'
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: ['10.40.0.0/16'] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: '10.40.0.0/24'
          delegations: [{ name: 'app', properties: { serviceName: 'Microsoft.App/environments' } }]
          networkSecurityGroup: { id: outbound.id }
        }
      }
      {
        name: 'training'
        properties: {
          addressPrefix: '10.40.1.0/24'
          delegations: [{ name: 'training', properties: { serviceName: 'Microsoft.App/environments' } }]
          networkSecurityGroup: { id: outbound.id }
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: '10.40.2.0/24'
          privateEndpointNetworkPolicies: 'Enabled'
          networkSecurityGroup: { id: closed.id }
        }
      }
    ]
  }

  resource appSubnet 'subnets' existing = { name: 'app' }

  resource trainingSubnet 'subnets' existing = { name: 'training' }

  resource endpointSubnet 'subnets' existing = { name: 'endpoints' }
}

@description('Resource id of the network.')
output networkId string = network.id

@description('Subnet of the function app.')
output appSubnetId string = network::appSubnet.id

@description('Subnet of the training.')
output trainingSubnetId string = network::trainingSubnet.id

@description('Subnet of the private endpoints.')
output endpointSubnetId string = network::endpointSubnet.id
