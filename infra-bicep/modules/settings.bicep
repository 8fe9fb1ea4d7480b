import { SmtpSettings, WebhookSettings } from 'types.bicep'

metadata description = 'The settings of the app: the only place that names them. A test compares them with what the code reads.'

@description('Name of the app.')
param appName string

@description('Name of Application Insights.')
param insightsName string

@description('Client id of the identity of the app.')
param clientId string

@description('Name of that identity, which is its role in PostgreSQL.')
param databaseUser string

@description('Host name of PostgreSQL.')
param databaseHost string

@description('Database.')
param databaseName string

@description('Connections of one instance.')
param databasePoolSize int

@description('Name of the storage account.')
param storageName string

@description('Host name of Service Bus.')
param serviceBusHost string

@description('Address of the vault, with a slash at the end.')
param vaultUri string

@description('Where recipients reach the app: https, without a slash at the end.')
param publicUrl string

@description('Who delivers messages; empty: what is configured, else they are only shown.')
@allowed(['', 'smtp', 'webhook', 'local'])
param sender string

@description('Mail relay; null for none.')
param smtp SmtpSettings?

@description('Provider that takes messages as webhooks; null for none.')
param webhook WebhookSettings?

@description('Where raw payloads are kept, sealed.')
@allowed(['blobs', 'postgres'])
param archive string

@description('Where traces and metrics go besides Application Insights; empty for nowhere.')
param otlpEndpoint string

resource app 'Microsoft.Web/sites@2024-11-01' existing = { name: appName }

resource insights 'Microsoft.Insights/components@2020-02-02' existing = { name: insightsName }

// Without a version: a new version of the secret is taken within a day, or at once when the app restarts.
func secret(vaultUri string, name string) string => '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/${name})'

resource settings 'Microsoft.Web/sites/config@2024-11-01' = {
  parent: app
  name: 'appsettings'
  properties: {
    // The Functions host and Durable Functions: storage by identity, no key.
    AzureWebJobsStorage__accountName: storageName
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: clientId
    ServiceBus__fullyQualifiedNamespace: serviceBusHost
    ServiceBus__credential: 'managedidentity'
    ServiceBus__clientId: clientId
    AZURE_CLIENT_ID: clientId
    APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${clientId};Authorization=AAD'
    OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint

    // No password: the app signs in with a token of its identity.
    ConnectionStrings__Postgres: 'Host=${databaseHost};Database=${databaseName};Username=${databaseUser};SSL Mode=VerifyFull;Maximum Pool Size=${databasePoolSize}'
    Cx__MasterKey: secret(vaultUri, 'cx-master-key')
    Cx__AdminKey: secret(vaultUri, 'cx-admin-key')
    Cx__PublicUrl: publicUrl
    Cx__Archive: archive

    // A reference to a secret that does not exist would be taken for its value, so each stands only where the secret has to be.
    Cx__Sender: sender
    Cx__Smtp__Host: smtp.?host ?? ''
    Cx__Smtp__Port: string(smtp.?port ?? '')
    Cx__Smtp__Security: smtp.?security ?? ''
    Cx__Smtp__User: smtp.?user ?? ''
    Cx__Smtp__Password: empty(smtp.?user) ? '' : secret(vaultUri, 'cx-smtp-password')
    Cx__Smtp__FromAddress: smtp.?fromAddress ?? ''
    Cx__Smtp__FromName: smtp.?fromName ?? ''
    Cx__Smtp__DkimDomain: smtp.?dkim.?domain ?? ''
    Cx__Smtp__DkimSelector: smtp.?dkim.?selector ?? ''
    Cx__Smtp__DkimPrivateKey: empty(smtp.?dkim.?domain) ? '' : secret(vaultUri, 'cx-dkim-private-key')
    Cx__Smtp__TimeoutSeconds: string(smtp.?timeoutSeconds ?? '')
    Cx__Webhook__Url: webhook.?url ?? ''
    Cx__Webhook__Secret: empty(webhook.?url) ? '' : secret(vaultUri, 'cx-webhook-secret')
    Cx__Webhook__SecondSecret: (webhook.?rotating ?? false) ? secret(vaultUri, 'cx-webhook-second-secret') : ''
    Cx__Webhook__TimeoutSeconds: string(webhook.?timeoutSeconds ?? '')
  }
}
