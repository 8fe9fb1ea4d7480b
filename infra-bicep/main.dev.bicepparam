using 'main.bicep'

// To try it, and for development: cheap at rest, public addresses, sign-in with Entra everywhere.
param environmentName = 'dev'
param privateNetwork = false
param storageSku = 'Standard_LRS'
param scale = { instanceMemoryMB: 2048, maximumInstances: 40, alwaysReadyHttp: 0, zoneRedundant: false }
param database = {
  version: '18'
  skuName: 'Standard_B1ms'
  tier: 'Burstable'
  storageGiB: 32
  zoneRedundant: false
  backupDays: 7
  geoBackup: false
  poolSize: 5
}
param appAdministersDatabase = true
param databaseAdministrator = {
  name: readEnvironmentVariable('CX_DATABASE_ADMIN')
  objectId: readEnvironmentVariable('CX_DATABASE_ADMIN_ID')
  principalType: 'User'
}
param monthlyBudget = 60
param alertEmail = readEnvironmentVariable('CX_ALERT_EMAIL')

// Given at the first deployment; later ones leave them out.
param masterKey = readEnvironmentVariable('CX_MASTER_KEY', '')
param adminKey = readEnvironmentVariable('CX_ADMIN_KEY', '')
