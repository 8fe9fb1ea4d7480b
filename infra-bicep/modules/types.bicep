@export()
@description('A mail relay. Leave host empty when messages are not sent by SMTP.')
type SmtpSettings = {
  @description('Name of the relay.')
  host: string

  @description('Port; left out: 587 with starttls, 465 with tls.')
  @minValue(1)
  @maxValue(65535)
  port: int?

  @description('How the connection is protected.')
  security: 'starttls' | 'tls'

  @description('Who signs in, where the relay asks for it; the password is the secret cx-smtp-password.')
  user: string?

  @description('Address that messages come from.')
  fromAddress: string

  @description('Name that messages come from; left out: the name of the shop.')
  fromName: string?

  @description('Signs messages with DKIM; left out: the relay does. The private key is the secret cx-dkim-private-key.')
  dkim: {
    @description('Domain that is signed for: that of fromAddress, or the one above it.')
    domain: string

    @description('Names the public key in DNS.')
    selector: string
  }?

  @description('Seconds for each command.')
  @minValue(1)
  @maxValue(600)
  timeoutSeconds: int?
}

@export()
@description('A provider that takes messages as signed webhooks; the secret is cx-webhook-secret.')
type WebhookSettings = {
  @description('Where messages are posted: https.')
  url: string

  @description('Seconds for each post.')
  @minValue(1)
  @maxValue(600)
  timeoutSeconds: int?

  @description('True while the secret rotates: the older one is then the secret cx-webhook-second-secret.')
  rotating: bool?
}

@export()
@description('How PostgreSQL is sized and kept.')
type DatabaseSettings = {
  @description('Major version. A dump of the PostgreSQL that Standalone starts (18) restores into the same or a later one.')
  version: '17' | '18'

  @description('Compute, for instance Standard_B1ms or Standard_D4ds_v5.')
  skuName: string

  @description('Burstable has no high availability.')
  tier: 'Burstable' | 'GeneralPurpose' | 'MemoryOptimized'

  @description('Disk to begin with, in GiB; it grows by itself.')
  storageGiB: 32 | 64 | 128 | 256 | 512 | 1024 | 2048 | 4096

  @description('True keeps a standby in another zone.')
  zoneRedundant: bool

  @description('Days that backups are kept.')
  @minValue(7)
  @maxValue(35)
  backupDays: int

  @description('True also keeps backups in the paired region; it can only be chosen when the server is created.')
  geoBackup: bool

  @description('Connections of one instance of the app; times the instances it must stay below max_connections of the server.')
  @minValue(5)
  @maxValue(100)
  poolSize: int
}

@export()
@description('How the Functions app scales.')
type ScaleSettings = {
  @description('Memory of an instance, in MB.')
  instanceMemoryMB: 512 | 2048 | 4096

  @description('Most instances at once.')
  @minValue(1)
  @maxValue(1000)
  maximumInstances: int

  @description('Instances kept warm for HTTP: they are paid for all the time, and webhooks never meet a cold start.')
  @minValue(0)
  @maxValue(20)
  alwaysReadyHttp: int

  @description('True spreads instances over zones, where the region has them.')
  zoneRedundant: bool
}

@export()
@description('Who administers the database: a group of people, or one person.')
type DatabaseAdministrator = {
  @description('Name of the group, or sign-in name of the person, as Entra shows it.')
  name: string

  @description('Object id in Entra.')
  @minLength(36)
  @maxLength(36)
  objectId: string

  @description('What it is.')
  principalType: 'Group' | 'User' | 'ServicePrincipal'
}
