using 'main.bicep'

// For real customers: private network, a standby in another zone, backups in another region.
param environmentName = 'prod'
param privateNetwork = true
param storageSku = 'Standard_GZRS'
param scale = { instanceMemoryMB: 2048, maximumInstances: 40, alwaysReadyHttp: 2, zoneRedundant: true }
param database = {
  version: '18'
  skuName: 'Standard_D4ds_v5'
  tier: 'GeneralPurpose'
  storageGiB: 128
  zoneRedundant: true
  backupDays: 35
  geoBackup: true
  poolSize: 20
}
param appAdministersDatabase = false
param databaseAdministrator = {
  name: readEnvironmentVariable('CX_DATABASE_ADMIN')
  objectId: readEnvironmentVariable('CX_DATABASE_ADMIN_ID')
  principalType: 'Group'
}
param publicUrl = readEnvironmentVariable('CX_PUBLIC_URL', '')
param monthlyBudget = 2000
param logRetentionDays = 90
param logQuotaGb = 10
param alertEmail = readEnvironmentVariable('CX_ALERT_EMAIL')

// Given at the first deployment; later ones leave them out.
param masterKey = readEnvironmentVariable('CX_MASTER_KEY', '')
param adminKey = readEnvironmentVariable('CX_ADMIN_KEY', '')
param smtpPassword = readEnvironmentVariable('CX_SMTP_PASSWORD', '')
param dkimPrivateKey = readEnvironmentVariable('CX_DKIM_PRIVATE_KEY', '')
param webhookSecret = readEnvironmentVariable('CX_WEBHOOK_SECRET', '')
param webhookSecondSecret = readEnvironmentVariable('CX_WEBHOOK_SECOND_SECRET', '')
