metadata description = 'Storage of the Functions host, of Durable Functions, of sealed payloads and of the erasure register.'

@description('Name of the account.')
@minLength(3)
@maxLength(24)
param name string

@description('Region.')
param location string

@description('Tags.')
param tags object

@description('Redundancy. The erasure register must outlive whatever the backups of the database outlive: with geo-redundant backups, take a geo-redundant account.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param skuName string

@description('False closes the account to everything but private endpoints.')
param publicNetwork bool

@description('Workspace that deletions of blobs are logged to.')
param workspaceId string

var containers = {
  deployment: 'app-package'
  payloads: 'payloads'
  erasures: 'erasures'
}

// The app creates them too, but other systems may post before it has started. The host puts what it could not process into "touchpoints-poison".
var queues = ['touchpoints', 'touchpoints-poison', 'commits']

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: skuName }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: publicNetwork ? 'Enabled' : 'Disabled'
    networkAcls: {
      defaultAction: publicNetwork ? 'Allow' : 'Deny'
      bypass: 'None'
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      // An erased payload must be gone: soft delete, versions, snapshots or the change feed would keep it, and they are set for the whole account.
      deleteRetentionPolicy: { enabled: false }
      isVersioningEnabled: false
      changeFeed: { enabled: false }
      restorePolicy: { enabled: false }
      // A whole container dropped by mistake is no erasure, and can be had back.
      containerDeleteRetentionPolicy: { enabled: true, days: 7 }
    }

    resource container 'containers' = [
      for item in items(containers): {
        name: item.value
        properties: { publicAccess: 'None' }
      }
    ]
  }

  resource queueService 'queueServices' = {
    name: 'default'

    resource queue 'queues' = [for queue in queues: { name: queue }]
  }
}

// That a payload was deleted, and when, can be shown afterwards.
resource deletions 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'deletions'
  scope: account::blobs
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'StorageDelete', enabled: true }]
  }
}

@description('Resource id.')
output id string = account.id

@description('Name.')
output name string = account.name

@description('Where the code of the app is deployed to.')
output deploymentContainerUrl string = '${account.properties.primaryEndpoints.blob}${containers.deployment}'
