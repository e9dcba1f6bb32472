/**
 * @module scripts/package/locked-packages
 * Finds in package-lock.json what a few packages need, each at its exact version.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PackageError } from './package-error.ts';

interface LockedPackage {
  version: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** The part of a lock file (version 3) that is read here; keys are paths: `node_modules/a/node_modules/b`. */
export interface Lock {
  packages: Record<string, LockedPackage>;
}

export function readLock(root: string): Lock {
  return JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
}

/**
 * Paths of the packages called `names` and of everything that they depend on, sorted, for all platforms. What
 * only `except`, dependencies by name, need is left out. Throws {@link PackageError} when one is not locked.
 */
export function reachablePaths(
  lock: Lock,
  names: readonly string[],
  { except = [] }: { except?: readonly string[] } = {},
): string[] {
  const paths = new Set<string>();
  const visit = (from: string, name: string, optional: boolean) => {
    if (except.includes(name)) return;
    const path = resolvePath(lock, from, name);
    if (path === undefined && optional) return;
    if (path === undefined) {
      throw new PackageError(`package-lock.json doesn't list ${name}. Run npm install, then try again.`);
    }
    if (paths.has(path)) return;
    paths.add(path);
    const { dependencies = {}, optionalDependencies = {} } = lock.packages[path]!;
    for (const dependency of Object.keys(dependencies)) {
      visit(path, dependency, dependency in optionalDependencies);
    }
    for (const dependency of Object.keys(optionalDependencies)) visit(path, dependency, true);
  };
  for (const name of names) visit('', name, false);
  return [...paths].sort();
}

/** The exact version that is locked for each of `names`, as `dependencies` of a package.json. */
export function lockedVersions(lock: Lock, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, lock.packages[`node_modules/${name}`]!.version]));
}

/** Where `require(name)` in the package at `from` finds it: in the nearest node_modules, from inside out. */
function resolvePath({ packages }: Lock, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (path in packages) return path;
    if (folder === '') return undefined;
  }
}
