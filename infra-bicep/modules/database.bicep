import { DatabaseAdministrator, DatabaseSettings } from 'types.bicep'

metadata description = 'PostgreSQL flexible server with the database of the app. People and the app sign in with Entra; there is no password.'

@description('Name of the server.')
@minLength(3)
@maxLength(63)
param name string

@description('Region.')
param location string

@description('Tags.')
param tags object

@description('Size, backups, availability.')
param settings DatabaseSettings

@description('Who administers the server.')
param administrator DatabaseAdministrator

@description('The identity of the app as a second administrator; null where it gets a role of its own with database-role.sql, which may do less.')
param app DatabaseAdministrator?

@description('Subnet delegated to PostgreSQL; null gives the server a public address.')
param subnetId string?

@description('Virtual network in which its name is found; null with a public address.')
param virtualNetworkId string?

@description('Public addresses that may connect, for instance a developer\'s. Azure services may as well. Not used inside a virtual network.')
param clientAddresses string[]

@description('Workspace for its logs.')
param workspaceId string

var private = subnetId != null

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = if (private) {
  name: '${name}.private.postgres.database.azure.com'
  location: 'global'
  tags: tags

  resource link 'virtualNetworkLinks' = {
    name: 'cx'
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: virtualNetworkId! }
    }
  }
}

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2025-08-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: settings.skuName
    tier: settings.tier
  }
  properties: {
    createMode: 'Default'
    version: settings.version
    authConfig: {
      activeDirectoryAuth: 'Enabled'
      passwordAuth: 'Disabled'
      tenantId: tenant().tenantId
    }
    storage: {
      storageSizeGB: settings.storageGiB
      autoGrow: 'Enabled'
    }
    backup: {
      backupRetentionDays: settings.backupDays
      geoRedundantBackup: settings.geoBackup ? 'Enabled' : 'Disabled'
    }
    highAvailability: { mode: settings.zoneRedundant ? 'ZoneRedundant' : 'Disabled' }
    network: private
      ? { delegatedSubnetResourceId: subnetId, privateDnsZoneArmResourceId: zone.id, publicNetworkAccess: 'Disabled' }
      : { publicNetworkAccess: 'Enabled' }
    maintenanceWindow: { customWindow: 'Enabled', dayOfWeek: 2, startHour: 2, startMinute: 0 }
  }
  dependsOn: [zone::link]
}

resource database 'Microsoft.DBforPostgreSQL/flexibleServers/databases@2025-08-01' = {
  parent: server
  name: 'cx'
  properties: { charset: 'UTF8', collation: 'C' }
}

// Times are in milliseconds.
var configurations = {
  // Statements that were planned while tables are empty are planned anew soon after the first rows.
  autovacuum_naptime: '15'
  // Views wait for every transaction that may still commit an event: one that its instance left open would stop them.
  idle_in_transaction_session_timeout: '300000'
  // A connection whose instance is gone is noticed within a minute and a half, not after two hours.
  tcp_keepalives_count: '3'
  tcp_keepalives_idle: '60'
  tcp_keepalives_interval: '10'
  // Details quote the values of rows, and logs hold no personal data.
  log_error_verbosity: 'terse'
  // Longer than any statement of the app, which gives up after 30 seconds; pg_dump and pg_restore lift it for themselves.
  statement_timeout: '600000'
}

// The server takes one change at a time: what follows waits for what stands before it.
@batchSize(1)
resource configuration 'Microsoft.DBforPostgreSQL/flexibleServers/configurations@2025-08-01' = [
  for item in items(configurations): {
    parent: server
    name: item.key
    properties: { value: item.value, source: 'user-override' }
    dependsOn: [database]
  }
]

resource people 'Microsoft.DBforPostgreSQL/flexibleServers/administrators@2025-08-01' = {
  parent: server
  name: administrator.objectId
  properties: {
    principalName: administrator.name
    principalType: administrator.principalType
    tenantId: tenant().tenantId
  }
  dependsOn: [configuration]
}

resource appAdministrator 'Microsoft.DBforPostgreSQL/flexibleServers/administrators@2025-08-01' = if (app != null) {
  parent: server
  name: app!.objectId
  properties: {
    principalName: app!.name
    principalType: app!.principalType
    tenantId: tenant().tenantId
  }
  dependsOn: [people]
}

// The range 0.0.0.0 stands for Azure services, among them the app, whose address changes. Who connects must still sign in with Entra.
resource azureServices 'Microsoft.DBforPostgreSQL/flexibleServers/firewallRules@2025-08-01' = if (!private) {
  parent: server
  name: 'azure-services'
  properties: { startIpAddress: '0.0.0.0', endIpAddress: '0.0.0.0' }
  dependsOn: [appAdministrator]
}

@batchSize(1)
resource clients 'Microsoft.DBforPostgreSQL/flexibleServers/firewallRules@2025-08-01' = [
  for address in private ? [] : clientAddresses: {
    parent: server
    name: 'client-${replace(address, '.', '-')}'
    properties: { startIpAddress: address, endIpAddress: address }
    dependsOn: [azureServices]
  }
]

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'server'
  scope: server
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'PostgreSQLLogs', enabled: true }]
  }
  dependsOn: [people]
}

@description('Resource id.')
output id string = server.id

@description('Host name that the app connects to.')
output hostName string = server.properties.fullyQualifiedDomainName

@description('Database of the app.')
output databaseName string = database.name
