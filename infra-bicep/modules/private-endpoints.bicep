metadata description = 'Private endpoints, each with the DNS zone in which its name is found.'

@description('Region.')
param location string

@description('Tags.')
param tags object

@description('Subnet in which the endpoints get their addresses.')
param subnetId string

@description('Virtual network in which the names are found.')
param virtualNetworkId string

@description('What the names of the endpoints begin with.')
param prefix string

@description('Resource id of the storage account.')
param storageId string

@description('Resource id of Service Bus.')
param serviceBusId string

@description('Resource id of the vault.')
param vaultId string

// Each service is a group of its resource, and is found in the DNS zone that Azure prescribes for it.
var targets = [
  { group: 'blob', resourceId: storageId, zone: 'privatelink.blob.${environment().suffixes.storage}' }
  { group: 'queue', resourceId: storageId, zone: 'privatelink.queue.${environment().suffixes.storage}' }
  { group: 'table', resourceId: storageId, zone: 'privatelink.table.${environment().suffixes.storage}' }
  { group: 'namespace', resourceId: serviceBusId, zone: 'privatelink.servicebus.windows.net' }
  { group: 'vault', resourceId: vaultId, zone: 'privatelink.vaultcore.azure.net' }
]

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
    name: 'pep-${prefix}-${target.group}'
    location: location
    tags: tags
    properties: {
      subnet: { id: subnetId }
      customNetworkInterfaceName: 'nic-${prefix}-${target.group}'
      privateLinkServiceConnections: [
        {
          name: target.group
          properties: { privateLinkServiceId: target.resourceId, groupIds: [target.group] }
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
      privateDnsZoneConfigs: [{ name: target.group, properties: { privateDnsZoneId: zones[i].id } }]
    }
  }
]
