import { DatabaseAdministrator, DatabaseSettings, ScaleSettings, SmtpSettings, WebhookSettings } from 'modules/types.bicep'

metadata description = 'Everything that the Azure host needs, in one resource group: who deploys needs no more than that group.'

targetScope = 'resourceGroup'

@description('Short name of the installation; part of every name.')
@minLength(2)
@maxLength(6)
param workload string = 'cx'

@description('Which installation this is; part of every name, and a tag.')
@allowed(['dev', 'prod'])
param environmentName string

@description('Region of everything. For geo-redundant backups it needs a paired region.')
param location string = resourceGroup().location

@description('Further tags, for instance a cost centre.')
param tags object = {}

@description('True puts everything but the app itself into a virtual network, and Service Bus on Premium, which that needs.')
param privateNetwork bool

@description('Addresses of the virtual network, /24 or larger.')
param addressPrefix string = '10.40.0.0/24'

@description('How the app scales.')
param scale ScaleSettings

@description('Redundancy of storage. It holds the erasure register, which has to outlive what the backups outlive.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param storageSku string

@description('How PostgreSQL is sized and kept.')
param database DatabaseSettings

@description('Who administers PostgreSQL.')
param databaseAdministrator DatabaseAdministrator

@description('True makes the app an administrator of PostgreSQL too, and nothing more has to be done. False: run database-role.sql once; the app may then do less.')
param appAdministersDatabase bool

@description('Public addresses that may connect to PostgreSQL; not used in a virtual network.')
param databaseClientAddresses string[] = []

@description('Principal ids of other systems that may post to the queue of touchpoints.')
param senderPrincipalIds string[] = []

@description('Where recipients reach the app: https, without a slash at the end. Empty: the host name that Azure gives it.')
param publicUrl string = ''

@description('Who delivers messages; empty: what is configured, else they are only shown.')
@allowed(['', 'smtp', 'webhook', 'local'])
param sender string = ''

@description('Mail relay.')
param smtp SmtpSettings?

@description('Provider that takes messages as signed webhooks.')
param webhook WebhookSettings?

@description('Where raw payloads are kept, sealed.')
@allowed(['blobs', 'postgres'])
param archive string = 'blobs'

@description('Where traces and metrics go besides Application Insights; empty for nowhere.')
param otlpEndpoint string = ''

@description('32 random bytes in base64. Needed at the first deployment; empty keeps what is in the vault, as for all secrets. Keep a copy elsewhere.')
@secure()
param masterKey string = ''

@description('Key that opens the whole API, 20 characters or more. Needed at the first deployment.')
@secure()
param adminKey string = ''

@description('Password for the mail relay; needed once with a user.')
@secure()
param smtpPassword string = ''

@description('Private key that mail is signed with, as PEM; needed once with dkim in smtp.')
@secure()
param dkimPrivateKey string = ''

@description('Secret that messages to another provider are signed with: whsec_ and base64; needed once with a webhook.')
@secure()
param webhookSecret string = ''

@description('The older of two such secrets, while they rotate.')
@secure()
param webhookSecondSecret string = ''

@description('Who is told of alerts, and of costs.')
@minLength(3)
param alertEmail string

@description('Most that a month should cost, in the currency of the subscription; who is told of alerts is told at 80 %.')
@minValue(1)
param monthlyBudget int

@description('First month of the budget. Once the budget exists, pass the day it has.')
param budgetStartDate string = utcNow('yyyy-MM-01')

@description('Days that logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Most gigabytes of logs in a day; -1 for no limit.')
@minValue(-1)
param logQuotaGb int = 1

// Names: what it is, the installation, the environment, and where the name is world-wide a token of the resource group.
var token = uniqueString(resourceGroup().id)
var stem = '${workload}-${environmentName}'
var names = {
  identity: 'id-${stem}'
  workspace: 'log-${stem}'
  insights: 'appi-${stem}'
  network: 'vnet-${stem}'
  plan: 'asp-${stem}'
  app: 'func-${stem}-${token}'
  storage: take('st${workload}${environmentName}${token}', 24)
  serviceBus: 'sbns-${stem}-${token}'
  database: 'psql-${stem}-${token}'
  vault: take('kv-${stem}-${token}', 24)
  actionGroup: 'ag-${stem}'
  budget: 'budget-${stem}'
  alerts: 'alert-${stem}'
}

var allTags = union(tags, { workload: workload, environment: environmentName, source: 'cx-serverless' })

module identity 'modules/identity.bicep' = {
  params: { name: names.identity, location: location, tags: allTags }
}

module monitoring 'modules/monitoring.bicep' = {
  params: {
    workspaceName: names.workspace
    insightsName: names.insights
    location: location
    tags: allTags
    retentionDays: logRetentionDays
    dailyQuotaGb: logQuotaGb
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  params: { name: names.network, location: location, tags: allTags, addressPrefix: addressPrefix }
}

module storage 'modules/storage.bicep' = {
  params: {
    name: names.storage
    location: location
    tags: allTags
    skuName: storageSku
    publicNetwork: !privateNetwork
    workspaceId: monitoring.outputs.workspaceId
  }
}

module serviceBus 'modules/service-bus.bicep' = {
  params: {
    name: names.serviceBus
    location: location
    tags: allTags
    skuName: privateNetwork ? 'Premium' : 'Standard'
    publicNetwork: !privateNetwork
    workspaceId: monitoring.outputs.workspaceId
  }
}

module vault 'modules/vault.bicep' = {
  params: {
    name: names.vault
    location: location
    tags: allTags
    publicNetwork: !privateNetwork
    workspaceId: monitoring.outputs.workspaceId
    masterKey: masterKey
    adminKey: adminKey
    smtpPassword: smtpPassword
    dkimPrivateKey: dkimPrivateKey
    webhookSecret: webhookSecret
    webhookSecondSecret: webhookSecondSecret
  }
}

module postgres 'modules/database.bicep' = {
  params: {
    name: names.database
    location: location
    tags: allTags
    settings: database
    administrator: databaseAdministrator
    app: appAdministersDatabase
      ? { name: identity.outputs.name, objectId: identity.outputs.principalId, principalType: 'ServicePrincipal' }
      : null
    subnetId: network.?outputs.postgresSubnetId
    virtualNetworkId: network.?outputs.id
    clientAddresses: databaseClientAddresses
    workspaceId: monitoring.outputs.workspaceId
  }
}

module endpoints 'modules/private-endpoints.bicep' = if (privateNetwork) {
  params: {
    location: location
    tags: allTags
    subnetId: network!.outputs.endpointsSubnetId
    virtualNetworkId: network!.outputs.id
    prefix: stem
    storageId: storage.outputs.id
    serviceBusId: serviceBus.outputs.id
    vaultId: vault.outputs.id
  }
}

module roles 'modules/roles.bicep' = {
  params: {
    principalId: identity.outputs.principalId
    storageName: storage.outputs.name
    serviceBusName: serviceBus.outputs.name
    queueName: serviceBus.outputs.queueName
    vaultName: vault.outputs.name
    insightsName: monitoring.outputs.insightsName
    senderPrincipalIds: senderPrincipalIds
  }
}

module functions 'modules/functions.bicep' = {
  params: {
    name: names.app
    planName: names.plan
    location: location
    tags: allTags
    identityId: identity.outputs.id
    deploymentContainerUrl: storage.outputs.deploymentContainerUrl
    scale: scale
    subnetId: network.?outputs.functionsSubnetId
    workspaceId: monitoring.outputs.workspaceId
  }
}

// After the roles and the private endpoints: the app starts again with these settings, and its references to the vault are resolved then.
module settings 'modules/settings.bicep' = {
  params: {
    appName: functions.outputs.name
    insightsName: monitoring.outputs.insightsName
    clientId: identity.outputs.clientId
    databaseUser: identity.outputs.name
    databaseHost: postgres.outputs.hostName
    databaseName: postgres.outputs.databaseName
    databasePoolSize: database.poolSize
    storageName: storage.outputs.name
    serviceBusHost: serviceBus.outputs.hostName
    vaultUri: vault.outputs.uri
    publicUrl: empty(publicUrl) ? 'https://${functions.outputs.hostName}' : publicUrl
    sender: sender
    smtp: smtp
    webhook: webhook
    archive: archive
    otlpEndpoint: otlpEndpoint
  }
  dependsOn: [roles, endpoints]
}

module alerts 'modules/alerts.bicep' = {
  params: {
    actionGroupName: names.actionGroup
    prefix: names.alerts
    location: location
    tags: allTags
    email: alertEmail
    workspaceId: monitoring.outputs.workspaceId
    serviceBusId: serviceBus.outputs.id
    queueName: serviceBus.outputs.queueName
    databaseId: postgres.outputs.id
  }
}

module budget 'modules/budget.bicep' = {
  params: { name: names.budget, amount: monthlyBudget, email: alertEmail, startDate: budgetStartDate }
}

@description('Name of the Functions app: what the code is deployed to.')
output appName string = functions.outputs.name

@description('Where the app is reached.')
output appUrl string = 'https://${functions.outputs.hostName}'

@description('Host name of PostgreSQL.')
output databaseHost string = postgres.outputs.hostName

@description('Role of the app in PostgreSQL.')
output databaseUser string = identity.outputs.name

@description('Name of the vault.')
output vaultName string = vault.outputs.name

@description('Host name of Service Bus, for systems that post touchpoints.')
output serviceBusHost string = serviceBus.outputs.hostName
