metadata description = 'Key Vault: read by role, purge-protected, because without the master key all personal data is lost.'

@description('Name of the vault.')
@minLength(3)
@maxLength(24)
param name string

@description('Region.')
param location string

@description('Tags.')
param tags object

@description('False closes the vault to everything but private endpoints.')
param publicNetwork bool

@description('Workspace for its audit log.')
param workspaceId string

@description('Master key of the installation. Empty leaves the one in the vault, as for all of these: a later deployment need not know them.')
@secure()
param masterKey string

@description('Key that opens the whole API.')
@secure()
param adminKey string

@description('Password for the mail relay.')
@secure()
param smtpPassword string

@description('Private key that mail is signed with, as PEM.')
@secure()
param dkimPrivateKey string

@description('Secret that messages to another provider are signed with.')
@secure()
param webhookSecret string

@description('The older of two such secrets, while they rotate.')
@secure()
param webhookSecondSecret string

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
    publicNetworkAccess: publicNetwork ? 'Enabled' : 'Disabled'
    networkAcls: {
      defaultAction: publicNetwork ? 'Allow' : 'Deny'
      bypass: 'AzureServices'
    }
  }
}

resource master 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = if (!empty(masterKey)) {
  parent: vault
  name: 'cx-master-key'
  properties: { value: masterKey, contentType: 'base64, 32 bytes; or 1:<old>,2:<new>' }
}

resource admin 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = if (!empty(adminKey)) {
  parent: vault
  name: 'cx-admin-key'
  properties: { value: adminKey, contentType: 'text' }
}

resource smtp 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = if (!empty(smtpPassword)) {
  parent: vault
  name: 'cx-smtp-password'
  properties: { value: smtpPassword, contentType: 'text' }
}

resource dkim 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = if (!empty(dkimPrivateKey)) {
  parent: vault
  name: 'cx-dkim-private-key'
  properties: { value: dkimPrivateKey, contentType: 'application/x-pem-file' }
}

resource webhook 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = if (!empty(webhookSecret)) {
  parent: vault
  name: 'cx-webhook-secret'
  properties: { value: webhookSecret, contentType: 'whsec_' }
}

resource webhookSecond 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = if (!empty(webhookSecondSecret)) {
  parent: vault
  name: 'cx-webhook-second-secret'
  properties: { value: webhookSecondSecret, contentType: 'whsec_' }
}

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'audit', enabled: true }]
  }
}

@description('Resource id.')
output id string = vault.id

@description('Name.')
output name string = vault.name

@description('Address, with a slash at the end.')
output uri string = vault.properties.vaultUri
