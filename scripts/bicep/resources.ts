/**
 * @module scripts/bicep/resources
 * What a snapshot of a template holds, and how its resources are found.
 */

export interface Resource {
  id: string;
  type: string;
  name: string;
  apiVersion: string;
  // Whatever the template says: the rules look into it.
  // biome-ignore lint/suspicious/noExplicitAny: a resource has no schema of ours
  [property: string]: any;
}

/** What `bicep snapshot` writes. What only Azure knows stays an expression: a text in brackets. */
export interface Snapshot {
  predictedResources: Resource[];
  diagnostics: unknown[];
  outputs?: Record<string, unknown>;
}

export function ofType(snapshot: Snapshot, type: string): Resource[] {
  return snapshot.predictedResources.filter((resource) => resource.type === type);
}

/** Every text in `value`, with the path that leads to it. */
export function textsIn(value: unknown, path = ''): { path: string; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    textsIn(inner, path === '' ? key : `${path}.${key}`),
  );
}

/** `reference('<id>', …).<property>`: the resource that an expression asks, and what it asks of it. */
export function referenceIn(expression: unknown): { id: string; property: string } | undefined {
  const found = /reference\('([^']+)', '[^']+'(?:, 'full')?\)\.([\w.]+)/.exec(String(expression));
  return found === null ? undefined : { id: found[1]!, property: found[2]! };
}

/** A finding where `actual` isn't `expected`. */
export function differs(what: string, actual: unknown, expected: unknown): string[] {
  const [is, wanted] = [actual, expected].map((value) => JSON.stringify(value));
  return is === wanted ? [] : [`${what} is ${is}, not ${wanted}`];
}
