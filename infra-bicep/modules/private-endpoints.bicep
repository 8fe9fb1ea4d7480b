import { PrivateTarget } from 'types.bicep'

metadata description = 'Private endpoints, each with the DNS zone in which its name is found.'

@description('Region.')
param location string

@description('Tags.')
param tags object

@description('Subnet in which the endpoints get their addresses.')
param subnetId string

@description('Virtual network in which the names are found.')
param virtualNetworkId string

@description('What is reached.')
param targets PrivateTarget[]

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for target in targets: {
    name: target.zone
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (target, i) in targets: {
    parent: zones[i]
    name: 'cx'
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: virtualNetworkId }
    }
  }
]

resource endpoints 'Microsoft.Network/privateEndpoints@2025-01-01' = [
  for target in targets: {
    name: 'pep-${target.name}'
    location: location
    tags: tags
    properties: {
      subnet: { id: subnetId }
      customNetworkInterfaceName: 'nic-${target.name}'
      privateLinkServiceConnections: [
        {
          name: target.name
          properties: { privateLinkServiceId: target.resourceId, groupIds: [target.groupId] }
        }
      ]
    }
  }
]

resource groups 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-01-01' = [
  for (target, i) in targets: {
    parent: endpoints[i]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [{ name: target.groupId, properties: { privateDnsZoneId: zones[i].id } }]
    }
  }
]
