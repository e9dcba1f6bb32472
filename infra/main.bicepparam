using 'main.bicep'

// The one file of parameters. azd and the Azure CLI read these variables; `azd env set NAME VALUE` sets them.
param environmentName = readEnvironmentVariable('AZURE_ENV_NAME')
param location = readEnvironmentVariable('AZURE_LOCATION')
param operatorPrincipalId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param operatorPrincipalType = readEnvironmentVariable('AZURE_PRINCIPAL_TYPE', 'User')
param operatorAddresses = readEnvironmentVariable('PAWPRINT_OPERATOR_ADDRESSES', '')

// The function app.
param instanceMemoryMB = 2048
param maximumInstanceCount = int(readEnvironmentVariable('PAWPRINT_MAXIMUM_INSTANCES', '10'))
param alwaysReadyHttp = int(readEnvironmentVariable('PAWPRINT_ALWAYS_READY', '0'))
param classifyAuthLevel = readEnvironmentVariable('PAWPRINT_CLASSIFY_AUTH_LEVEL', 'function')
param authIssuer = readEnvironmentVariable('PAWPRINT_AUTH_ISSUER', '')
param authAudience = readEnvironmentVariable('PAWPRINT_AUTH_AUDIENCE', '')
param corsOrigins = readEnvironmentVariable('PAWPRINT_CORS_ORIGINS', '')
param appSettings = {}

// Training.
param trains = bool(readEnvironmentVariable('PAWPRINT_TRAINS', 'true'))
param trainingMachine = readEnvironmentVariable('PAWPRINT_TRAINING_MACHINE', 'Consumption')
param trainingLocation = readEnvironmentVariable('PAWPRINT_TRAINING_LOCATION', '')
param trainingImage = readEnvironmentVariable('PAWPRINT_TRAINING_IMAGE', '')
param trainingData = readEnvironmentVariable('PAWPRINT_TRAINING_DATA', '')
param trainingSettings = {}
param retrainSchedule = readEnvironmentVariable('PAWPRINT_RETRAIN_SCHEDULE', 'off')

// What is kept, who is told, and what is spent.
param feedbackRetentionDays = int(readEnvironmentVariable('PAWPRINT_FEEDBACK_RETENTION_DAYS', '180'))
param alertEmails = readEnvironmentVariable('PAWPRINT_ALERT_EMAILS', '')
param budgetAmount = int(readEnvironmentVariable('PAWPRINT_BUDGET_AMOUNT', '0'))
param budgetStartDate = readEnvironmentVariable('PAWPRINT_BUDGET_START_DATE', '')

// What costs extra.
param privateNetwork = bool(readEnvironmentVariable('PAWPRINT_PRIVATE_NETWORK', 'false'))
param frontDoor = bool(readEnvironmentVariable('PAWPRINT_FRONT_DOOR', 'false'))
