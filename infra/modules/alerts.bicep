// What wakes somebody. Requests and log lines are asked from Application Insights: a Flex Consumption app has no figures of its
// own for them.
import { queues, retrainFailedEvent, versionFailedEvent } from '../names.bicep'

@description('Region of the rules.')
param location string

@description('Tags of every resource.')
param tags object

@description('Ending that makes the names unique.')
param suffix string

@description('Who gets the letters; empty only shows the alerts in the portal.')
param emails string[]

@description('Resource id of Application Insights.')
param insightsId string

@description('Resource id of the workspace.')
param workspaceId string

@description('Resource id of the topic of blob events.')
param eventTopicId string

@description('Address that is asked every five minutes from three places.')
param availabilityUrl string

@description('Milliseconds that 95 of 100 photographs may take.')
@minValue(100)
param slowMilliseconds int

@description('Percentage of requests that may end as a fault of ours.')
@minValue(1)
@maxValue(100)
param failedPercent int

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'pawprint'
    enabled: true
    emailReceivers: [
      for (email, index) in emails: { name: 'person-${index}', emailAddress: email, useCommonAlertSchema: true }
    ]
  }
}

// Requests in the time that are enough to speak of a share.
var enoughRequests = 20

var searches = [
  {
    name: 'version-failed'
    description: 'A version failed for good. The line says which step, and why.'
    scope: insightsId
    severity: 1
    minutes: 15
    query: 'traces | where message has "${versionFailedEvent}"'
  }
  {
    name: 'training-failed'
    description: 'A training failed, or was lost. The line says which run, and why.'
    scope: insightsId
    severity: 2
    minutes: 15
    query: 'traces | where message has "${retrainFailedEvent}"'
  }
  {
    name: 'event-unreadable'
    description: 'A message about a failed version was not understood. It is in ${queues[1]}.'
    scope: workspaceId
    severity: 2
    minutes: 15
    query: 'StorageQueueLogs | where OperationName == "PutMessage" and StatusCode == 201 and Uri has "/${queues[1]}/"'
  }
  {
    name: 'requests-fail'
    description: 'More than ${failedPercent} % of the requests end as a fault of ours.'
    scope: insightsId
    severity: 1
    minutes: 15
    query: 'requests | where isnotempty(resultCode) | summarize total = count(), failed = countif(toint(resultCode) >= 500) | where total >= ${enoughRequests} and failed * 100 > total * ${failedPercent}'
  }
  {
    name: 'requests-slow'
    description: 'Photographs take longer than ${slowMilliseconds} ms (95 of 100).'
    scope: insightsId
    severity: 2
    minutes: 15
    query: 'requests | where name has "classify" | summarize total = count(), slow = percentile(duration, 95) | where total >= ${enoughRequests} and slow > ${slowMilliseconds}'
  }
]

resource searchRules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for search in searches: {
    name: '${search.name}-${suffix}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'Pawprint: ${search.name}'
      description: search.description
      enabled: true
      severity: search.severity
      scopes: [search.scope]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT${search.minutes}M'
      autoMitigate: true
      // The tables are there only once something was written to them.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: search.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: [people.id] }
    }
  }
]

resource deadEvents 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'events-dead-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    description: 'Blob events that the app did not take in a day. They are in the host account; push the version again, or send them.'
    enabled: true
    severity: 2
    scopes: [eventTopicId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'dead'
          metricNamespace: 'Microsoft.EventGrid/systemTopics'
          metricName: 'DeadLetteredCount'
          operator: 'GreaterThan'
          threshold: 0
          timeAggregation: 'Total'
        }
      ]
    }
    actions: [{ actionGroupId: people.id }]
  }
}

resource availabilityTest 'Microsoft.Insights/webtests@2022-06-15' = {
  name: 'ready-${suffix}'
  location: location
  // The portal finds the test by this tag.
  tags: union(tags, { 'hidden-link:${insightsId}': 'Resource' })
  kind: 'standard'
  properties: {
    Name: 'ready-${suffix}'
    SyntheticMonitorId: 'ready-${suffix}'
    Kind: 'standard'
    Enabled: true
    Frequency: 300
    Timeout: 60
    RetryEnabled: true
    Locations: [
      { Id: 'emea-nl-ams-azr' }
      { Id: 'us-va-ash-azr' }
      { Id: 'apac-sg-sin-azr' }
    ]
    Request: { RequestUrl: availabilityUrl, HttpVerb: 'GET', ParseDependentRequests: false }
    ValidationRules: { ExpectedHttpStatusCode: 200, SSLCheck: true, SSLCertRemainingLifetimeCheck: 7 }
  }
}

resource unavailable 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'not-ready-${suffix}'
  location: 'global'
  tags: union(tags, { 'hidden-link:${insightsId}': 'Resource', 'hidden-link:${availabilityTest.id}': 'Resource' })
  properties: {
    description: 'No model answers, asked from two places of three.'
    enabled: true
    severity: 1
    scopes: [availabilityTest.id, insightsId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
      webTestId: availabilityTest.id
      componentId: insightsId
      failedLocationCount: 2
    }
    actions: [{ actionGroupId: people.id }]
  }
}

@description('Resource id of the group of people.')
output actionGroupId string = people.id
