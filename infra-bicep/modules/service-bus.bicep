metadata description = 'Service Bus: the queue on which other systems post touchpoints.'

@description('Name of the namespace.')
@minLength(6)
@maxLength(50)
param name string

@description('Region.')
param location string

@description('Tags.')
param tags object

@description('Premium has private endpoints and its own capacity; Standard is paid by the message.')
@allowed(['Standard', 'Premium'])
param skuName string

@description('False closes the namespace to everything but private endpoints; Premium only.')
param publicNetwork bool

@description('Workspace for its logs.')
param workspaceId string

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: skuName
    tier: skuName
    capacity: skuName == 'Premium' ? 1 : null
  }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: publicNetwork ? 'Enabled' : 'Disabled'
    premiumMessagingPartitions: skuName == 'Premium' ? 1 : null
  }

  resource touchpoints 'queues' = {
    name: 'touchpoints'
    properties: {
      // The store knows every delivery key for ever; the broker's window only saves the work of a sender's quick retries, and a longer one costs throughput.
      requiresDuplicateDetection: true
      duplicateDetectionHistoryTimeWindow: 'PT1H'
      // Order of arrival does not matter to the store, so no sessions.
      requiresSession: false
      lockDuration: 'PT1M'
      maxDeliveryCount: 40
      // Nothing is dropped in silence: what nobody took for two weeks is kept, and alerted.
      defaultMessageTimeToLive: 'P14D'
      deadLetteringOnMessageExpiration: true
      maxSizeInMegabytes: 5120
    }
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'operations'
  scope: namespace
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'OperationalLogs', enabled: true }]
  }
}

@description('Resource id.')
output id string = namespace.id

@description('Name.')
output name string = namespace.name

@description('Queue of touchpoints.')
output queueName string = namespace::touchpoints.name

@description('Host name that the app connects to.')
output hostName string = replace(replace(namespace.properties.serviceBusEndpoint, 'https://', ''), ':443/', '')
