// Names that the code knows too. A test compares them with it.

@description('Containers with models and what they are made of: core/storage/names.ts.')
@export()
var containers = ['trained', 'models', 'registry', 'feedback', 'datasets']

@description('Queues of the data account. The host puts an event that failed five times into the first, functions/poison reads it, and what that can not read ends in the second: core/lifecycle/poison-message.ts.')
@export()
var queues = ['webjobs-blobtrigger-poison', 'webjobs-blobtrigger-poison-poison']

@description('A version is whole when this file is there; only it starts the next step: core/manifest.ts.')
@export()
var marker = 'manifest.json'

@description('Steps of a version: the function, and the container whose marker starts it.')
@export()
var steps = [
  { function: 'convert', container: 'trained' }
  { function: 'register', container: 'models' }
]

@description('With what the line of a version begins that failed for good: core/lifecycle/record-failure.ts.')
@export()
var versionFailedEvent = 'PawprintVersionFailed'

@description('With what the line of a training begins that failed or was lost: core/retrain/end-run.ts.')
@export()
var retrainFailedEvent = 'PawprintRetrainFailed'

@description('Container of the host account that the package of the app lies in.')
@export()
var packageContainer = 'app-package'

@description('Container of the host account that gets the events that nobody took.')
@export()
var deadEventsContainer = 'dead-blob-events'
