metadata description = 'The one identity the app has: every other resource knows it by role.'

@description('Name of the identity; PostgreSQL knows it as a role of this name.')
@minLength(3)
@maxLength(63)
param name string

@description('Region.')
param location string

@description('Tags.')
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

@description('Resource id.')
output id string = identity.id

@description('Name.')
output name string = identity.name

@description('What roles are assigned to.')
output principalId string = identity.properties.principalId

@description('What the app signs in with.')
output clientId string = identity.properties.clientId
