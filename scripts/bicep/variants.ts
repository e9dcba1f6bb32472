/**
 * @module scripts/bicep/variants
 * Ways in which the templates are deployed. Each is compiled once, with the one file of parameters.
 */

export const ENVIRONMENT_NAME = 'pets';
export const SUBSCRIPTION = '6f1d2c3b-0000-4000-8000-000000000001';
export const TENANT = '6f1d2c3b-0000-4000-8000-000000000002';
export const OPERATOR = '6f1d2c3b-0000-4000-8000-000000000003';
/** Where the parameters say nothing of it. */
export const LOCATION = 'swedencentral';
export const RESOURCE_GROUP = `rg-${ENVIRONMENT_NAME}`;

/** What a variant is asked to have. */
export interface Features {
  /** The machine that trains, or null where nothing is trained on Azure. */
  machine: 'Consumption' | 'Consumption-GPU-NC8as-T4' | 'Consumption-GPU-NC24-A100' | null;
  /** Whether there is an image, and so a job. */
  job: boolean;
  network: boolean;
  frontDoor: boolean;
  budget: boolean;
  operator: boolean;
}

export interface Variant {
  name: string;
  /** `main`: everything; `events`: what comes after the code is deployed. */
  template: 'main' | 'events';
  /** What an operator sets. */
  env: Readonly<Record<string, string>>;
  features: Features;
}

const NOTHING: Features = {
  machine: 'Consumption',
  job: false,
  network: false,
  frontDoor: false,
  budget: false,
  operator: false,
};

const IMAGE = {
  PAWPRINT_TRAINING_IMAGE: 'crpets.azurecr.io/pawprint-training:1',
  PAWPRINT_TRAINING_DATA: 'datasets/pets',
};

export const VARIANTS: readonly Variant[] = [
  { name: 'default', template: 'main', env: {}, features: NOTHING },
  {
    name: 'without training, behind Front Door, with tokens',
    template: 'main',
    env: {
      PAWPRINT_TRAINS: 'false',
      PAWPRINT_FRONT_DOOR: 'true',
      PAWPRINT_AUTH_ISSUER: 'https://login.example.org/v2.0',
      PAWPRINT_AUTH_AUDIENCE: 'api://pawprint',
      PAWPRINT_CORS_ORIGINS: 'https://app.example.org, https://www.example.org',
    },
    features: { ...NOTHING, machine: null, frontDoor: true },
  },
  {
    name: 'training on a CPU',
    template: 'main',
    env: { ...IMAGE, PAWPRINT_RETRAIN_SCHEDULE: '0 0 5 * * 1' },
    features: { ...NOTHING, job: true },
  },
  {
    name: 'training on a T4 elsewhere, budget, operator',
    template: 'main',
    env: {
      ...IMAGE,
      PAWPRINT_TRAINING_MACHINE: 'Consumption-GPU-NC8as-T4',
      PAWPRINT_TRAINING_LOCATION: 'westus3',
      PAWPRINT_ALERT_EMAILS: 'one@example.org,two@example.org',
      PAWPRINT_BUDGET_AMOUNT: '50',
      PAWPRINT_BUDGET_START_DATE: '2026-12-01',
      AZURE_PRINCIPAL_ID: OPERATOR,
    },
    features: { ...NOTHING, machine: 'Consumption-GPU-NC8as-T4', job: true, budget: true, operator: true },
  },
  {
    name: 'everything, private, on an A100',
    template: 'main',
    env: {
      ...IMAGE,
      PAWPRINT_TRAINING_MACHINE: 'Consumption-GPU-NC24-A100',
      PAWPRINT_PRIVATE_NETWORK: 'true',
      PAWPRINT_FRONT_DOOR: 'true',
      PAWPRINT_ALWAYS_READY: '1',
      PAWPRINT_OPERATOR_ADDRESSES: '203.0.113.7',
      AZURE_PRINCIPAL_ID: OPERATOR,
      AZURE_PRINCIPAL_TYPE: 'ServicePrincipal',
    },
    features: {
      machine: 'Consumption-GPU-NC24-A100',
      job: true,
      network: true,
      frontDoor: true,
      budget: false,
      operator: true,
    },
  },
  { name: 'blob events', template: 'events', env: {}, features: NOTHING },
];
