// The bridge on Flex Consumption: storage without keys, a system-assigned identity with the roles that it needs, Application Insights.
// `azd up`, or: az deployment group create -g GROUP -f infra/main.bicep -p salesUrl=... commerceUrl=... legalEntities=...
targetScope = 'resourceGroup'

@description('Part of every name; lower case letters and digits.')
@minLength(3)
@maxLength(12)
param name string = 'prospects'

param location string = resourceGroup().location

@description('Root of the Dataverse environment, without a path.')
param salesUrl string

@description('Root of the finance and operations environment, without a path.')
param commerceUrl string

@description('Legal entities in scope, comma-separated.')
param legalEntities string

@description('How a decision reaches Commerce; manual until the canary has seen the effects of another way.')
@allowed(['manual', 'status', 'service'])
param decisionChannel string = 'manual'

@allowed(['3.11', '3.12', '3.13'])
param pythonVersion string = '3.12'

@description('Client id of the app registration that operators sign in to the console with; none: nobody can open it.')
param signInClientId string = ''

@description('Further app settings: docs/settings.md.')
param settings object = {}

@description('The largest number of instances for each function; each has its own threads and its own share of the systems\' limits.')
@minValue(40)
@maxValue(1000)
param maximumInstances int = 40

@description('Set by azd.')
param tags object = {}

var suffix = uniqueString(resourceGroup().id, name)
var deploymentContainer = 'app-package'
var roles = {
  blobOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  queueContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  tableContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  metricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
}

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: take('${name}${suffix}', 24)
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_ZRS' }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }

  resource blobs 'blobServices' = {
    name: 'default'
    resource package 'containers' = {
      name: deploymentContainer
    }
  }
}

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: '${name}-logs-${suffix}'
  location: location
  tags: tags
  properties: { sku: { name: 'PerGB2018' }, retentionInDays: 30 }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: '${name}-insights-${suffix}'
  location: location
  tags: tags
  kind: 'web'
  properties: { Application_Type: 'web', WorkspaceResourceId: workspace.id, DisableLocalAuth: true }
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: '${name}-plan-${suffix}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: { reserved: true }
}

var appSettings = union({
  AzureWebJobsStorage__accountName: storage.name
  AzureWebJobsStorage__credential: 'managedidentity'
  APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD'
  PYTHON_THREADPOOL_THREAD_COUNT: '32'
  DUE_SCHEDULE: '0 * * * * *'
  RECONCILE_SCHEDULE: '0 */2 * * * *'
  AUDIT_SCHEDULE: '0 */5 1-5 * * *'
  SALES_URL: salesUrl
  COMMERCE_URL: commerceUrl
  LEGAL_ENTITIES: legalEntities
  DECISION_CHANNEL: decisionChannel
}, settings)

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: '${name}-${suffix}'
  location: location
  tags: union(tags, { 'azd-service-name': 'bridge' })
  kind: 'functionapp,linux'
  identity: { type: 'SystemAssigned' }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${deploymentContainer}'
          authentication: { type: 'SystemAssignedIdentity' }
        }
      }
      // Python's default is one HTTP request for each instance; the receivers only parse and enqueue.
      scaleAndConcurrency: { maximumInstanceCount: maximumInstances, instanceMemoryMB: 2048, triggers: { http: { perInstanceConcurrency: 16 } } }
      runtime: { name: 'python', version: pythonVersion }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      appSettings: [for item in items(appSettings): { name: item.key, value: string(item.value) }]
    }
  }
}

resource signIn 'Microsoft.Web/sites/config@2024-04-01' = if (!empty(signInClientId)) {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: { enabled: true, runtimeVersion: '~1' }
    // Events come with a function key and no token: a sign-in that is asked of everybody would turn them away. The console asks itself.
    globalValidation: { requireAuthentication: false, unauthenticatedClientAction: 'AllowAnonymous' }
    httpSettings: { requireHttps: true }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        // Without a client secret App Service takes the id token alone, which the registration must be allowed to issue.
        registration: { clientId: signInClientId, openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0' }
      }
    }
    login: { tokenStore: { enabled: false } }
  }
}

resource storageRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in [roles.blobOwner, roles.queueContributor, roles.tableContributor]: {
  name: guid(storage.id, app.id, role)
  scope: storage
  properties: {
    principalId: app.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
  }
}]

resource metricsRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, app.id, roles.metricsPublisher)
  scope: insights
  properties: {
    principalId: app.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.metricsPublisher)
  }
}

output appName string = app.name
output appUrl string = 'https://${app.properties.defaultHostName}'
@description('The application user in Dataverse and the Microsoft Entra ID application in head office are made for this identity.')
output principalId string = app.identity.principalId
