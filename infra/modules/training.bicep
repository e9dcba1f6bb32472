// Where models are trained: a Container Apps environment with the machine that is asked for, and a job that the function app
// starts. It costs nothing while no job runs.
import { identity } from 'identities.bicep'

@description('Region of the environment. GPUs are there in some regions only.')
param location string

@description('Tags of every resource.')
param tags object

@description('Ending that makes the names unique.')
param suffix string

@description('Machine that trains.')
param machine 'Consumption' | 'Consumption-GPU-NC8as-T4' | 'Consumption-GPU-NC24-A100'

@description('Image that trains, with its tag or digest; empty makes no job yet.')
param image string

@description('Host of the registry that the image is in.')
param registryServer string

@description('The identity of the job.')
param training identity

@description('Address of the blobs of the account with the models.')
param blobEndpoint string

@description('What is trained on: an address, or a folder or archive in the container datasets.')
param data string

@description('Other settings of the training, by name (TRAIN_...): training/settings.ts has them all.')
param settings { *: string }

@description('Hours after which a try of a run is stopped.')
@minValue(1)
@maxValue(24)
param mostHours int

@description('Workspace for the log of the job.')
param workspaceId string

@description('Subnet of the environment; empty is a network of its own. It can not be changed later.')
param subnetId string

// What a run takes: all of a GPU machine, the most that one container gets without.
var machines = {
  Consumption: { device: 'cpu', cpu: 4, memory: '8Gi' }
  'Consumption-GPU-NC8as-T4': { device: 'gpu', cpu: 8, memory: '56Gi' }
  'Consumption-GPU-NC24-A100': { device: 'gpu', cpu: 24, memory: '220Gi' }
}

// A GPU job can fail before its image is pulled.
var retries = 2

var profile = machine == 'Consumption' ? 'Consumption' : 'gpu'

// A GPU profile takes no least or most count.
var gpuProfiles = machine == 'Consumption' ? [] : [{ name: profile, workloadProfileType: machine }]

var ownSettings = {
  TRAIN_DATA: data
  TRAIN_DEVICE: machines[machine].device
  MODEL_STORAGE__blobServiceUri: blobEndpoint
  MODEL_STORAGE__credential: 'managedidentity'
  MODEL_STORAGE__clientId: training.clientId
}

resource environment 'Microsoft.App/managedEnvironments@2025-01-01' = {
  name: 'cae-${suffix}'
  location: location
  tags: tags
  properties: {
    // Through Azure Monitor, which needs no key of the workspace.
    appLogsConfiguration: { destination: 'azure-monitor' }
    workloadProfiles: concat([{ name: 'Consumption', workloadProfileType: 'Consumption' }], gpuProfiles)
    vnetConfiguration: empty(subnetId) ? null : { infrastructureSubnetId: subnetId, internal: true }
    zoneRedundant: false
  }
}

resource log 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'jobs'
  scope: environment
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'ContainerAppConsoleLogs', enabled: true }
      { category: 'ContainerAppSystemLogs', enabled: true }
    ]
  }
}

resource job 'Microsoft.App/jobs@2025-01-01' = if (!empty(image)) {
  name: 'job-train-${suffix}'
  location: location
  tags: tags
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${training.id}': {} } }
  properties: {
    environmentId: environment.id
    workloadProfileName: profile
    configuration: {
      // The function app decides when: core/retrain holds the one lock against two at once.
      triggerType: 'Manual'
      manualTriggerConfig: { parallelism: 1, replicaCompletionCount: 1 }
      // A job may never be marked as complete by itself.
      replicaTimeout: mostHours * 3600
      replicaRetryLimit: retries
      registries: [{ server: registryServer, identity: training.id }]
    }
    template: {
      containers: [
        {
          name: 'train'
          image: image
          resources: { cpu: machines[machine].cpu, memory: machines[machine].memory }
          env: [for setting in items(union(settings, ownSettings)): { name: setting.key, value: setting.value }]
        }
      ]
    }
  }
}

@description('Name of the job; empty while there is none.')
output jobName string = empty(image) ? '' : job.name

@description('Minutes after which no try of a run can be at work any more.')
output mostMinutes int = mostHours * 60 * (retries + 1) + 30
