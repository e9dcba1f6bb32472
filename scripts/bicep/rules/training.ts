/**
 * @module scripts/bicep/rules/training
 * Where models are trained.
 */
import { differs, ofType, type Resource, referenceIn } from '../resources.ts';
import { RESOURCE_GROUP, SUBSCRIPTION } from '../variants.ts';
import { settingsOf } from './function-app.ts';
import type { Rule } from './rule.ts';
import { accountNamed } from './storage.ts';

/** What a run takes of a machine: all that one container may have. */
const SIZES: Readonly<Record<string, { cpu: number; memory: string; device: string }>> = {
  Consumption: { cpu: 4, memory: '8Gi', device: 'cpu' },
  'Consumption-GPU-NC8as-T4': { cpu: 8, memory: '56Gi', device: 'gpu' },
  'Consumption-GPU-NC24-A100': { cpu: 24, memory: '220Gi', device: 'gpu' },
};
/** Regions with both GPUs. */
const GPU_REGIONS = [
  'australiaeast',
  'brazilsouth',
  'canadacentral',
  'eastus',
  'italynorth',
  'swedencentral',
  'westus',
  'westus3',
];
/** Without a value the job can do nothing. */
const NEEDED = [
  'TRAIN_DATA',
  'TRAIN_DEVICE',
  'MODEL_STORAGE__blobServiceUri',
  'MODEL_STORAGE__credential',
  'MODEL_STORAGE__clientId',
];

/** By which the app finds the job, and when it decides. */
const JOB_SETTINGS = [
  'RETRAIN_SUBSCRIPTION_ID',
  'RETRAIN_RESOURCE_GROUP',
  'RETRAIN_JOB_NAME',
  'RETRAIN_SCHEDULE',
];
const LOGS = ['ContainerAppConsoleLogs', 'ContainerAppSystemLogs'].map((category) => ({
  category,
  enabled: true,
}));

interface Profile {
  name: string;
  workloadProfileType: string;
  minimumCount?: number;
  maximumCount?: number;
}

function settingsOfJob(job: Resource): Record<string, string> {
  const [container] = job.properties.template.containers;
  return Object.fromEntries(
    (container.env ?? []).map(({ name, value }: Record<string, string>) => [name, value]),
  );
}

export const TRAINING_RULES: readonly Rule[] = [
  {
    name: 'there is a machine, a registry and a job where they are asked for',
    template: 'main',
    check(snapshot, { features }) {
      const count = (type: string) => ofType(snapshot, type).length;
      const place = features.machine === null ? 0 : 1;
      return [
        ...differs('environments', count('Microsoft.App/managedEnvironments'), place),
        ...differs('registries', count('Microsoft.ContainerRegistry/registries'), place),
        ...differs('jobs', count('Microsoft.App/jobs'), features.job ? 1 : 0),
      ];
    },
  },
  {
    name: 'the registry takes identities only',
    template: 'main',
    check: (snapshot) =>
      ofType(snapshot, 'Microsoft.ContainerRegistry/registries').flatMap(({ properties, sku }) => [
        ...differs('adminUserEnabled', properties.adminUserEnabled, false),
        ...differs('anonymousPullEnabled', properties.anonymousPullEnabled, false),
        ...(['Basic', 'Standard', 'Premium'].includes(sku?.name) ? [] : [`there is no sku ${sku?.name}`]),
      ]),
  },
  {
    name: 'the environment has the machine, and its logs need no key',
    template: 'main',
    check: (snapshot, { features: { machine } }) =>
      ofType(snapshot, 'Microsoft.App/managedEnvironments').flatMap(({ id, location, properties }) => {
        const profiles: Profile[] = properties.workloadProfiles ?? [];
        const log = ofType(snapshot, 'Microsoft.Insights/diagnosticSettings').find((setting) =>
          setting.id.startsWith(`${id}/providers/`),
        );
        const gpus = profiles.filter(({ workloadProfileType: type }) => type !== 'Consumption');
        return [
          ...differs(
            'machines',
            gpus.map(({ workloadProfileType: type }) => type),
            machine === 'Consumption' ? [] : [machine],
          ),
          // Field case 68.
          ...gpus
            .filter((gpu) => 'minimumCount' in gpu || 'maximumCount' in gpu)
            .map(({ name }) => `${name} has a count`),
          ...(gpus.length === 0 || GPU_REGIONS.includes(location) ? [] : [`there is no GPU in ${location}`]),
          ...differs('logs', properties.appLogsConfiguration, { destination: 'azure-monitor' }),
          // Azure Monitor keeps none of them without this.
          ...differs(
            'where logs are kept',
            [log?.properties.workspaceId, log?.properties.logs],
            [ofType(snapshot, 'Microsoft.OperationalInsights/workspaces')[0]?.id, LOGS],
          ),
        ];
      }),
  },
  {
    name: 'the job runs once at a time, ends, and takes what the machine has',
    template: 'main',
    check: (snapshot, { features: { machine }, env }) =>
      ofType(snapshot, 'Microsoft.App/jobs').flatMap(({ name, properties }) => {
        const { configuration: settings, template, workloadProfileName } = properties;
        const environment = ofType(snapshot, 'Microsoft.App/managedEnvironments')[0];
        const profiles: Profile[] = environment?.properties.workloadProfiles ?? [];
        const profile = profiles.find((one) => one.name === workloadProfileName);
        const { cpu, memory } = template.containers[0]?.resources ?? {};
        const size = SIZES[profile?.workloadProfileType ?? ''];
        const tries = settings.replicaRetryLimit + 1;
        const mostMinutes = (settings.replicaTimeout / 60) * tries;
        return [
          ...(/^[a-z][a-z0-9-]{0,30}[a-z0-9]$/.test(name) ? [] : [`${name} is not a name of a job`]),
          ...differs(
            'images',
            template.containers.map(({ image }: { image: string }) => image),
            [env.PAWPRINT_TRAINING_IMAGE],
          ),
          ...differs('environmentId', properties.environmentId, environment?.id),
          ...differs('machine', profile?.workloadProfileType, machine),
          ...differs('size', { cpu, memory }, size && { cpu: size.cpu, memory: size.memory }),
          ...differs('triggerType', settings.triggerType, 'Manual'),
          ...differs('manualTriggerConfig', settings.manualTriggerConfig, {
            parallelism: 1,
            replicaCompletionCount: 1,
          }),
          ...differs('scheduleTriggerConfig', settings.scheduleTriggerConfig ?? null, null),
          // Field case 68: a GPU job can fail before its image is pulled.
          ...(settings.replicaRetryLimit >= 1 && settings.replicaRetryLimit <= 3
            ? []
            : ['replicaRetryLimit']),
          ...(settings.replicaTimeout >= 3600 && settings.replicaTimeout <= 86_400 ? [] : ['replicaTimeout']),
          ...(Number(settingsOf(snapshot).RETRAIN_TIMEOUT_MINUTES) > mostMinutes
            ? []
            : ['the app gives up a run that may be at work']),
          ...differs(
            'the job that the app starts, and when',
            JOB_SETTINGS.map((key) => settingsOf(snapshot)[key]),
            [SUBSCRIPTION, RESOURCE_GROUP, name, env.PAWPRINT_RETRAIN_SCHEDULE ?? 'off'],
          ),
        ];
      }),
  },
  {
    name: 'the job pulls and works with its own identity',
    template: 'main',
    check: (snapshot) =>
      ofType(snapshot, 'Microsoft.App/jobs').flatMap(({ identity, properties }) => {
        const ids = Object.keys(identity?.userAssignedIdentities ?? {});
        const [registry, ...others] = properties.configuration.registries ?? [];
        return [
          ...differs('identity.type', identity?.type, 'UserAssigned'),
          ...(ids.length === 1 && ids[0]!.includes('/id-training-')
            ? []
            : ['not the identity of the training']),
          ...differs('registries', [registry?.identity, others.length], [ids[0], 0]),
          ...differs('registry', referenceIn(registry?.server)?.property, 'loginServer'),
          ...(registry?.passwordSecretRef || properties.configuration.secrets?.length
            ? ['the job has a secret']
            : []),
        ];
      }),
  },
  {
    name: 'the job is told what its code reads',
    template: 'main',
    check: (snapshot, { code, features: { machine }, env }) =>
      ofType(snapshot, 'Microsoft.App/jobs').flatMap((job) => {
        const settings = settingsOfJob(job);
        const isKnown = (name: string) =>
          code.jobVariables.has(name) ||
          code.isTrainingSetting(name) ||
          (name.startsWith('MODEL_STORAGE__') && code.appSettings.has(name));
        const [id] = Object.keys(job.identity?.userAssignedIdentities ?? {});
        return [
          ...Object.keys(settings).flatMap((name) =>
            isKnown(name) ? [] : [`the code reads no variable ${name}`],
          ),
          ...NEEDED.flatMap((name) => (settings[name] ? [] : [`${name} is not set`])),
          ...differs('TRAIN_DATA', settings.TRAIN_DATA, env.PAWPRINT_TRAINING_DATA),
          ...differs('TRAIN_DEVICE', settings.TRAIN_DEVICE, SIZES[machine ?? '']?.device),
          ...differs('MODEL_STORAGE__credential', settings.MODEL_STORAGE__credential, 'managedidentity'),
          ...differs('MODEL_STORAGE__clientId', referenceIn(settings.MODEL_STORAGE__clientId), {
            id,
            property: 'clientId',
          }),
          ...differs('MODEL_STORAGE__blobServiceUri', referenceIn(settings.MODEL_STORAGE__blobServiceUri), {
            id: accountNamed(snapshot, 'stdata')?.id,
            property: 'primaryEndpoints.blob',
          }),
        ];
      }),
  },
];
