using '../../../infra-bicep/main.bicep'
extends '../../../infra-bicep/main.prod.bicepparam'

// Production with all that is optional, so that the tests see every setting and every role with a value.
param smtp = {
  host: 'smtp.example.com'
  port: 587
  security: 'starttls'
  user: 'cx'
  fromAddress: 'shop@example.com'
  dkim: { domain: 'example.com', selector: 'cx1' }
  fromName: 'Shop'
  timeoutSeconds: 30
}
param webhook = { url: 'https://provider.example.com/messages', timeoutSeconds: 20, rotating: true }
param sender = 'smtp'
param publicUrl = 'https://cx.example.com'
param otlpEndpoint = 'https://otlp.example.com'
param senderPrincipalIds = ['11111111-1111-1111-1111-111111111111']
param databaseClientAddresses = ['192.0.2.1']
