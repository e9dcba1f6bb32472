// The second phase, after the code is deployed: blob events go to the blob trigger's webhook. Its key exists only once the
// app has started, so this is a file of its own. scripts/infra-events.ts runs it (azd: hook postdeploy).
import { deadEventsContainer, marker, steps } from 'names.bicep'

targetScope = 'resourceGroup'

@description('Name of the function app.')
param functionAppName string

@description('Name of the topic of the account with the models.')
param eventTopicName string

@description('Name of the host account, which keeps the events that nobody took.')
param hostAccountName string

resource app 'Microsoft.Web/sites@2024-11-01' existing = { name: functionAppName }

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = { name: eventTopicName }

resource hostAccount 'Microsoft.Storage/storageAccounts@2025-01-01' existing = { name: hostAccountName }

var key = listKeys('${app.id}/host/default', '2024-11-01').systemKeys.blobs_extension
var webhook = 'https://${app.properties.defaultHostName}/runtime/webhooks/blobs'

// One after the other: a topic refuses two changes at once.
@batchSize(1)
resource subscriptions 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = [
  for step in steps: {
    parent: topic
    name: step.function
    properties: {
      destination: {
        endpointType: 'WebHook'
        properties: {
          endpointUrl: '${webhook}?functionName=Host.Functions.${step.function}&code=${key}'
          maxEventsPerBatch: 1
        }
      }
      eventDeliverySchema: 'EventGridSchema'
      filter: {
        includedEventTypes: ['Microsoft.Storage.BlobCreated']
        subjectBeginsWith: '/blobServices/default/containers/${step.container}/'
        subjectEndsWith: '/${marker}'
      }
      retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 }
      deadLetterWithResourceIdentity: {
        identity: { type: 'SystemAssigned' }
        deadLetterDestination: {
          endpointType: 'StorageBlob'
          properties: { resourceId: hostAccount.id, blobContainerName: deadEventsContainer }
        }
      }
    }
  }
]
