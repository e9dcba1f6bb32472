/**
 * @module tests/infra/mutations/mutation
 * One thing that is wrong in a snapshot, and the rule that must find it.
 */
import type { Resource, Snapshot } from '../../../scripts/bicep/resources.ts';

export interface Mutation {
  /** Name of the rule. */
  rule: string;
  /** What is wrong. */
  what: string;
  /** Name of the variant; `default` without it. */
  variant?: string;
  mutate(snapshot: Snapshot): void;
}

export const CPU = 'training on a CPU';
export const T4 = 'training on a T4 elsewhere, budget, operator';
export const EVERYTHING = 'everything, private, on an A100';
export const FRONT_DOOR = 'without training, behind Front Door, with tokens';
export const EVENTS = 'blob events';

/** The first resource of a type whose name has `part` in it. Throws where there is none: a mutation must change something. */
export function the(snapshot: Snapshot, type: string, part = ''): Resource {
  const found = snapshot.predictedResources.find(
    (resource) => resource.type.toLowerCase() === type.toLowerCase() && resource.name.includes(part),
  );
  if (found === undefined) throw new Error(`There is no ${type} ${part} to change.`);
  return found;
}

export function remove(snapshot: Snapshot, resource: Resource): void {
  snapshot.predictedResources.splice(snapshot.predictedResources.indexOf(resource), 1);
}

export const ACCOUNT = 'Microsoft.Storage/storageAccounts';
export const SITE = 'Microsoft.Web/sites';
export const ASSIGNMENT = 'Microsoft.Authorization/roleAssignments';
export const JOB = 'Microsoft.App/jobs';
export const ENVIRONMENT = 'Microsoft.App/managedEnvironments';
export const SUBSCRIPTION = 'Microsoft.EventGrid/systemTopics/eventSubscriptions';
export const TOPIC = 'Microsoft.EventGrid/systemTopics';

export const settings = (snapshot: Snapshot) => the(snapshot, `${SITE}/config`).properties;
