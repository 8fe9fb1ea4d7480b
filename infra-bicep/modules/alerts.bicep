metadata description = 'Who is told, and of what.'

@description('Name of the action group.')
@minLength(1)
@maxLength(260)
param actionGroupName string

@description('Start of the name of every alert.')
param prefix string

@description('Region, for the rules that query logs.')
param location string

@description('Tags.')
param tags object

@description('Who is told.')
@minLength(3)
param email string

@description('Workspace with the logs of the app.')
param workspaceId string

@description('Resource id of Service Bus.')
param serviceBusId string

@description('Queue of touchpoints.')
param queueName string

@description('Resource id of PostgreSQL.')
param databaseId string

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: actionGroupName
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'cx'
    enabled: true
    emailReceivers: [{ name: 'operators', emailAddress: email, useCommonAlertSchema: true }]
  }
}

// Finds log events by name, whether they came with an exception or not. Of a log that passes through the Functions host only the name of the event remains.
func logged(events string[]) string =>
  'union isfuzzy=true AppTraces, AppExceptions | where tostring(Properties.EventName) in (${join(map(events, event => '"${event}"'), ', ')}) | project TimeGenerated'

// A test finds the name of each event in the code.
var logAlerts = [
  {
    name: 'failed-deliveries'
    description: 'Authentic deliveries could not be translated. They are kept: look at failed-deliveries, and replay them after a fix.'
    severity: 2
    minutes: 15
    operator: 'GreaterThan'
    threshold: 0
    query: logged(['DeliveryFailed'])
  }
  {
    name: 'poisoned'
    description: 'A message of the storage queue could not be processed and is in touchpoints-poison.'
    severity: 2
    minutes: 15
    operator: 'GreaterThan'
    threshold: 0
    // The Functions host logs no event of ours when it moves a message that failed too often: its sentence names the queue.
    query: 'union isfuzzy=true AppTraces, AppExceptions | where tostring(Properties.EventName) in ("TouchpointDeadLettered") or Message has "touchpoints-poison" | project TimeGenerated'
  }
  {
    name: 'follow-ups-late'
    description: 'Waking a customer fails again and again, the log or a view has stopped, a view goes on without an event, or the store cannot be prepared: follow-ups come late.'
    severity: 1
    minutes: 15
    operator: 'GreaterThan'
    threshold: 0
    query: logged(['WakeFailed', 'LogStalled', 'ViewStopped', 'EventSkipped', 'StoreNotPrepared'])
  }
  {
    name: 'nothing-runs'
    description: 'No function has run for half an hour. Timers run every few minutes, so follow-ups are late by now.'
    severity: 1
    minutes: 30
    operator: 'LessThan'
    threshold: 1
    query: 'AppRequests | project TimeGenerated'
  }
  {
    name: 'server-errors'
    description: 'Requests were answered with 5xx. Shops post again, but not for ever.'
    severity: 1
    minutes: 5
    operator: 'GreaterThan'
    threshold: 0
    query: 'AppRequests | where ResultCode startswith "5" | project TimeGenerated'
  }
]

resource logRules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for alert in logAlerts: {
    name: '${prefix}-${alert.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: '${prefix}-${alert.name}'
      description: alert.description
      severity: alert.severity
      enabled: true
      scopes: [workspaceId]
      evaluationFrequency: 'PT${alert.minutes}M'
      windowSize: 'PT${alert.minutes}M'
      // Before the app has logged anything the tables do not exist.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: alert.query
            timeAggregation: 'Count'
            operator: alert.operator
            threshold: alert.threshold
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      autoMitigate: true
      actions: { actionGroups: [people.id] }
    }
  }
]

var metricAlerts = [
  {
    name: 'dead-letters'
    description: 'Messages from other systems were dead-lettered; each carries the reason.'
    severity: 2
    scope: serviceBusId
    namespace: 'Microsoft.ServiceBus/namespaces'
    metric: 'DeadletteredMessages'
    dimensions: [{ name: 'EntityName', operator: 'Include', values: [queueName] }]
    threshold: 0
  }
  {
    name: 'database-storage'
    description: 'The disk of PostgreSQL is filling. It grows by itself, and does not shrink.'
    severity: 2
    scope: databaseId
    namespace: 'Microsoft.DBforPostgreSQL/flexibleServers'
    metric: 'storage_percent'
    dimensions: []
    threshold: 80
  }
  {
    name: 'database-processor'
    description: 'PostgreSQL has been busy for a quarter of an hour: take a larger tier.'
    severity: 3
    scope: databaseId
    namespace: 'Microsoft.DBforPostgreSQL/flexibleServers'
    metric: 'cpu_percent'
    dimensions: []
    threshold: 85
  }
]

resource metricRules 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for alert in metricAlerts: {
    name: '${prefix}-${alert.name}'
    location: 'global'
    tags: tags
    properties: {
      description: alert.description
      severity: alert.severity
      enabled: true
      scopes: [alert.scope]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      autoMitigate: true
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            name: alert.name
            criterionType: 'StaticThresholdCriterion'
            metricNamespace: alert.namespace
            metricName: alert.metric
            dimensions: alert.dimensions
            timeAggregation: 'Average'
            operator: 'GreaterThan'
            threshold: alert.threshold
          }
        ]
      }
      actions: [{ actionGroupId: people.id }]
    }
  }
]
