// Everything of Pawprint on Azure. With azd: `azd up`. Without: docs/deploy.md.
import { isSchedule, regionName } from 'forms.bicep'
import { rulesFor } from 'modules/storage-network.bicep'

targetScope = 'subscription'

@description('Name of the environment: of its resource group, and part of what makes the names unique.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('Region of everything, but the training where that is named apart.')
@minLength(1)
param location string

@description('Object id of who deploys and runs the commands of `npm run models`; empty gives nobody a right.')
param operatorPrincipalId string = ''

@description('What that is.')
param operatorPrincipalType 'User' | 'Group' | 'ServicePrincipal' = 'User'

@description('Megabytes of memory of an instance of the function app.')
param instanceMemoryMB 512 | 2048 | 4096 = 2048

@description('Instances of the function app at most: with it, what can be spent.')
param maximumInstanceCount int = 10

@description('Instances that are always there for HTTP; they cost also when nothing is asked.')
param alwaysReadyHttp int = 0

@description('Level of key that classify and feedback ask for.')
param classifyAuthLevel 'anonymous' | 'function' | 'admin' = 'function'

@description('Who issues the tokens of clients, by https; empty takes keys.')
param authIssuer string = ''

@description('Who the tokens are for.')
param authAudience string = ''

@description('Origins of web pages that may ask from a browser, with commas between; empty is none.')
param corsOrigins string = ''

@description('Other settings of the function app, by name: core/config.ts has them all.')
param appSettings { *: string } = {}

@description('Whether models are trained on Azure.')
param trains bool = true

@description('Machine that trains. The first is in every region and needs no quota; GPUs are in some, and have to be asked for.')
param trainingMachine 'Consumption' | 'Consumption-GPU-NC8as-T4' | 'Consumption-GPU-NC24-A100' = 'Consumption'

@description('Region of the training, where another has GPUs; empty is that of everything. A private network takes no other.')
param trainingLocation string = ''

@description('Image that trains, with its tag or digest. Empty makes no job: the registry comes first, then the image.')
param trainingImage string = ''

@description('What is trained on: an https address, or a folder or archive in the container datasets.')
param trainingData string = ''

@description('Other settings of the training, by name (TRAIN_...): training/settings.ts has them all.')
param trainingSettings { *: string } = {}

@description('Hours after which a try of a training is stopped.')
param trainingMostHours int = 2

@description('When the function app decides whether to train anew: six fields, seconds first, as 0 0 5 * * 1; off never does by itself.')
param retrainSchedule string = 'off'

@description('Days that feedback and its pictures are kept.')
param feedbackRetentionDays int = 180

@description('Days that histograms of scores are kept.')
param scoresRetentionDays int = 180

@description('Days that a deleted blob can be brought back.')
param undeleteDays int = 7

@description('Days that logs are kept.')
param logRetentionDays int = 30

@description('Gigabytes of logs a day after which no more are taken.')
param logDailyCapGb int = 1

@description('Who gets the alerts, with commas between; empty only shows them in the portal.')
param alertEmails string = ''

@description('Milliseconds that 95 of 100 photographs may take.')
param alertSlowMilliseconds int = 2000

@description('Percentage of requests that may end as a fault of ours.')
param alertFailedPercent int = 5

@description('Money a month from which the budget warns; 0 is no budget.')
@minValue(0)
param budgetAmount int = 0

@description('First day of the month in which the budget begins, as 2026-12-01.')
param budgetStartDate string = ''

@description('Whether the storage is reached through a network of our own only.')
param privateNetwork bool = false

@description('Addresses from which the storage is reached all the same, with commas between: an operator needs one.')
param operatorAddresses string = ''

@description('Whether clients come through Front Door, and no other way.')
param frontDoor bool = false

@description('Requests that one address may send through Front Door in a minute.')
param frontDoorRequestsPerMinute int = 120

var tags = { 'azd-env-name': environmentName }
var suffix = uniqueString(subscription().id, environmentName, location)
var trainingRegion = empty(trainingLocation) ? location : trainingLocation
var network = rulesFor(privateNetwork, listOf(operatorAddresses))

// Before the first deployment, since the app that has a wrong one loads no function.
var schedule = retrainSchedule == 'off' || isSchedule(retrainSchedule)
  ? retrainSchedule
  : fail('PAWPRINT_RETRAIN_SCHEDULE is off, or six fields with seconds first, as 0 0 5 * * 1. It is: ${retrainSchedule}')

@description('The parts of `text` between its commas, without spaces around them; none of an empty text.')
func listOf(text string) string[] => filter(map(split(text, ','), part => trim(part)), part => !empty(part))

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identities 'modules/identities.bicep' = {
  scope: group
  params: { location: location, tags: tags, suffix: suffix }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    suffix: suffix
    retentionDays: logRetentionDays
    dailyCapGb: logDailyCapGb
  }
}

module hostStorage 'modules/host-storage.bicep' = {
  scope: group
  params: { location: location, tags: tags, suffix: suffix, network: network }
}

module dataStorage 'modules/data-storage.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    suffix: suffix
    network: network
    feedbackRetentionDays: feedbackRetentionDays
    scoresRetentionDays: scoresRetentionDays
    undeleteDays: undeleteDays
    workspaceId: monitoring.outputs.workspaceId
  }
}

module eventTopic 'modules/event-topic.bicep' = {
  scope: group
  params: { location: location, tags: tags, suffix: suffix, dataAccountName: dataStorage.outputs.name }
}

module registry 'modules/registry.bicep' = if (trains) {
  scope: group
  params: { location: trainingRegion, tags: tags, suffix: suffix }
}

module rbac 'modules/rbac.bicep' = {
  scope: group
  params: {
    hostAccountName: hostStorage.outputs.name
    dataAccountName: dataStorage.outputs.name
    insightsName: monitoring.outputs.insightsName
    registryName: trains ? registry!.outputs.name : ''
    apiPrincipalId: identities.outputs.api.principalId
    trainingPrincipalId: identities.outputs.training.principalId
    topicPrincipalId: eventTopic.outputs.principalId
    operatorPrincipalId: operatorPrincipalId
    operatorPrincipalType: operatorPrincipalType
  }
}

module ownNetwork 'modules/network.bicep' = if (privateNetwork) {
  scope: group
  params: { location: location, tags: tags, suffix: suffix }
}

module privateEndpoints 'modules/private-endpoints.bicep' = if (privateNetwork) {
  scope: group
  params: {
    location: location
    tags: tags
    suffix: suffix
    networkId: ownNetwork!.outputs.networkId
    subnetId: ownNetwork!.outputs.endpointSubnetId
    hostAccountName: hostStorage.outputs.name
    dataAccountName: dataStorage.outputs.name
  }
}

module training 'modules/training.bicep' = if (trains) {
  scope: group
  params: {
    location: !privateNetwork || regionName(trainingRegion) == regionName(location)
      ? trainingRegion
      : fail('A private network is in one region: unset PAWPRINT_TRAINING_LOCATION, or set PAWPRINT_PRIVATE_NETWORK to false.')
    tags: tags
    suffix: suffix
    machine: trainingMachine
    image: trainingImage
    registryServer: registry!.outputs.server
    training: identities.outputs.training
    blobEndpoint: dataStorage.outputs.endpoints.blob
    data: empty(trainingImage) || !empty(trainingData)
      ? trainingData
      : fail('There is an image that trains and nothing to train on: set PAWPRINT_TRAINING_DATA.')
    settings: trainingSettings
    mostHours: trainingMostHours
    workspaceId: monitoring.outputs.workspaceId
    subnetId: privateNetwork ? ownNetwork!.outputs.trainingSubnetId : ''
  }
  dependsOn: [rbac]
}

module jobRights 'modules/job-rights.bicep' = if (trains && !empty(trainingImage)) {
  scope: group
  params: { jobName: training!.outputs.jobName, apiPrincipalId: identities.outputs.api.principalId }
}

module frontDoorProfile 'modules/front-door-profile.bicep' = if (frontDoor) {
  scope: group
  params: { tags: tags, suffix: suffix }
}

module functionApp 'modules/function-app.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    suffix: suffix
    api: identities.outputs.api
    hostEndpoints: hostStorage.outputs.endpoints
    dataEndpoints: dataStorage.outputs.endpoints
    insightsName: monitoring.outputs.insightsName
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyHttp: alwaysReadyHttp
    classifyAuthLevel: classifyAuthLevel
    authIssuer: authIssuer
    authAudience: authAudience
    corsOrigins: listOf(corsOrigins)
    extraSettings: appSettings
    trainingJobName: trains ? training!.outputs.jobName : ''
    retrainSchedule: schedule == 'off' || (trains && !empty(trainingImage))
      ? schedule
      : fail('There is a schedule to train by and no image that trains: set PAWPRINT_TRAINING_IMAGE, or PAWPRINT_RETRAIN_SCHEDULE to off.')
    trainingMostMinutes: trains ? training!.outputs.mostMinutes : 0
    subnetId: privateNetwork ? ownNetwork!.outputs.appSubnetId : ''
    behindFrontDoor: frontDoor
    frontDoorId: frontDoor ? frontDoorProfile!.outputs.frontDoorId : ''
  }
  // An app that starts without its rights fails, and looks again only when it is started anew.
  dependsOn: [rbac, privateEndpoints]
}

module door 'modules/front-door.bicep' = if (frontDoor) {
  scope: group
  params: {
    tags: tags
    suffix: suffix
    profileName: frontDoorProfile!.outputs.name
    appHost: functionApp.outputs.host
    requestsPerMinute: frontDoorRequestsPerMinute
  }
}

var publicHost = frontDoor ? door!.outputs.host : functionApp.outputs.host

module alerts 'modules/alerts.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    suffix: suffix
    emails: listOf(alertEmails)
    insightsId: monitoring.outputs.insightsId
    workspaceId: monitoring.outputs.workspaceId
    eventTopicId: eventTopic.outputs.id
    availabilityUrl: 'https://${publicHost}/api/ready'
    slowMilliseconds: alertSlowMilliseconds
    failedPercent: alertFailedPercent
  }
}

module budget 'modules/budget.bicep' = if (budgetAmount > 0) {
  scope: group
  params: {
    suffix: suffix
    amount: budgetAmount
    startDate: empty(budgetStartDate)
      ? fail('A budget needs its first month: set PAWPRINT_BUDGET_START_DATE, as 2026-12-01.')
      : budgetStartDate
    actionGroupId: alerts.outputs.actionGroupId
  }
}

@description('Region of everything.')
output AZURE_LOCATION string = location

@description('Resource group of everything.')
output AZURE_RESOURCE_GROUP string = group.name

@description('The function app.')
output FUNCTION_APP_NAME string = functionApp.outputs.name

@description('The topic of blob events: scripts/infra-events.ts.')
output EVENT_TOPIC_NAME string = eventTopic.outputs.name

@description('The account of the Functions host.')
output HOST_STORAGE_NAME string = hostStorage.outputs.name

@description('For `npm run models` and `npm run train -- --push`, with `az login`.')
output MODEL_STORAGE__blobServiceUri string = dataStorage.outputs.endpoints.blob

@description('Where clients ask.')
output SERVICE_URL string = 'https://${publicHost}'

@description('Registry that the training image is pushed to; empty where nothing is trained on Azure.')
output AZURE_CONTAINER_REGISTRY_ENDPOINT string = trains ? registry!.outputs.server : ''

@description('The job that trains; empty while there is no image.')
output TRAINING_JOB_NAME string = trains ? training!.outputs.jobName : ''
