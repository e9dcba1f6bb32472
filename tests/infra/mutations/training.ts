/**
 * @module tests/infra/mutations/training
 * What can be wrong with the training.
 */
import type { Snapshot } from '../../../scripts/bicep/resources.ts';
import { CPU, ENVIRONMENT, JOB, type Mutation, remove, SITE, settings, T4, the } from './mutation.ts';

const machine = 'the environment has the machine, and its logs need no key';
const runs = 'the job runs once at a time, ends, and takes what the machine has';
const pulls = 'the job pulls and works with its own identity';
const job = 'the job is told what its code reads';

const setup = (s: Snapshot) => the(s, JOB).properties.configuration;
const env = (s: Snapshot): { name: string; value: string }[] =>
  the(s, JOB).properties.template.containers[0].env;

export const TRAINING: readonly Mutation[] = [
  {
    rule: 'there is a machine, a registry and a job where they are asked for',
    what: 'no job',
    variant: T4,
    mutate: (s) => remove(s, the(s, JOB)),
  },
  {
    rule: 'the registry takes identities only',
    what: 'a password',
    mutate: (s) => (the(s, 'Microsoft.ContainerRegistry/registries').properties.adminUserEnabled = true),
  },
  // Field case 68.
  {
    rule: machine,
    what: 'a least count',
    variant: T4,
    mutate: (s) => (the(s, ENVIRONMENT).properties.workloadProfiles[1].minimumCount = 0),
  },
  {
    rule: machine,
    what: 'a misspelt machine',
    variant: T4,
    mutate: (s) =>
      (the(s, ENVIRONMENT).properties.workloadProfiles[1].workloadProfileType = 'Consumption-GPU-NC8as-T'),
  },
  {
    rule: machine,
    what: 'a region without GPU',
    variant: T4,
    mutate: (s) => (the(s, ENVIRONMENT).location = 'westeurope'),
  },
  {
    rule: machine,
    what: 'logs by a key',
    mutate: (s) => (the(s, ENVIRONMENT).properties.appLogsConfiguration.destination = 'log-analytics'),
  },
  { rule: runs, what: 'no second try', variant: T4, mutate: (s) => (setup(s).replicaRetryLimit = 0) },
  { rule: runs, what: 'no end', variant: T4, mutate: (s) => delete setup(s).replicaTimeout },
  {
    rule: runs,
    what: 'more time than the app waits',
    variant: CPU,
    mutate: (s) => (setup(s).replicaTimeout = 86_400),
  },
  {
    rule: runs,
    what: 'two at once',
    variant: CPU,
    mutate: (s) => (setup(s).manualTriggerConfig.parallelism = 2),
  },
  {
    rule: runs,
    what: 'a schedule of its own',
    variant: CPU,
    mutate: (s) => (setup(s).triggerType = 'Schedule'),
  },
  {
    rule: runs,
    what: 'another machine',
    variant: T4,
    mutate: (s) => (the(s, JOB).properties.workloadProfileName = 'Consumption'),
  },
  {
    rule: runs,
    what: 'processors as a text',
    variant: CPU,
    mutate: (s) => (the(s, JOB).properties.template.containers[0].resources.cpu = '4'),
  },
  {
    rule: runs,
    what: 'another job for the app',
    variant: CPU,
    mutate: (s) => (settings(s).RETRAIN_JOB_NAME = 'job-other'),
  },
  {
    rule: pulls,
    what: 'no identity for the registry',
    variant: T4,
    mutate: (s) => delete setup(s).registries[0].identity,
  },
  {
    rule: pulls,
    what: 'a password for the registry',
    variant: T4,
    mutate: (s) => (setup(s).registries[0].passwordSecretRef = 'registry'),
  },
  {
    rule: pulls,
    what: 'the identity of the app',
    variant: T4,
    mutate: (s) => (the(s, JOB).identity = structuredClone(the(s, SITE).identity)),
  },
  {
    rule: job,
    what: 'a variable that nobody reads',
    variant: CPU,
    mutate: (s) => env(s).push({ name: 'TRAIN_EPOCH', value: '1' }),
  },
  {
    rule: job,
    what: 'nothing to train on',
    variant: CPU,
    mutate: (s) => (env(s).find(({ name }) => name === 'TRAIN_DATA')!.value = ''),
  },
  {
    rule: job,
    what: 'a GPU that is not asked for',
    variant: T4,
    mutate: (s) => (env(s).find(({ name }) => name === 'TRAIN_DEVICE')!.value = 'auto'),
  },
  {
    rule: job,
    what: 'the client id of the app',
    variant: CPU,
    mutate: (s) => {
      const client = env(s).find(({ name }) => name === 'MODEL_STORAGE__clientId')!;
      client.value = client.value.replace('id-training-', 'id-api-');
    },
  },
  {
    rule: machine,
    what: 'logs that nobody keeps',
    mutate: (s) => remove(s, the(s, 'Microsoft.Insights/diagnosticSettings', 'jobs')),
  },
  {
    rule: machine,
    what: 'half of the logs',
    mutate: (s) => the(s, 'Microsoft.Insights/diagnosticSettings', 'jobs').properties.logs.pop(),
  },
  {
    rule: runs,
    what: 'another image',
    variant: CPU,
    mutate: (s) => (the(s, JOB).properties.template.containers[0].image = 'mcr.example.org/hello:1'),
  },
  {
    rule: runs,
    what: 'another group for the app',
    variant: CPU,
    mutate: (s) => (settings(s).RETRAIN_RESOURCE_GROUP = 'rg-other'),
  },
  {
    rule: runs,
    what: 'another schedule than was asked for',
    variant: CPU,
    mutate: (s) => (settings(s).RETRAIN_SCHEDULE = '0 * * * * *'),
  },
  {
    rule: job,
    what: 'another data set',
    variant: CPU,
    mutate: (s) => (env(s).find(({ name }) => name === 'TRAIN_DATA')!.value = 'datasets/others'),
  },
];
