// The function app may start, stop and look at the job, and nothing else of the environment.
import { roles } from '../roles.bicep'

@description('Name of the job.')
param jobName string

@description('Object id of the identity of the function app.')
param apiPrincipalId string

resource job 'Microsoft.App/jobs@2025-01-01' existing = { name: jobName }

resource apiOnJob 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(job.id, apiPrincipalId, roles.jobsOperator)
  scope: job
  properties: {
    principalId: apiPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.jobsOperator)
  }
}
