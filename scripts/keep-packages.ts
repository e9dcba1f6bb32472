/**
 * @module scripts/keep-packages
 * Takes out of node_modules whatever the code in some folders doesn't import, directly or through a package: for an image
 * that runs those folders only.
 *
 *     node scripts/keep-packages.ts core training
 */
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { reachablePaths, readLock } from './package/locked-packages.ts';
import { ROOT } from './paths.ts';

/** `from 'a'`, `import('a')` and `require('a')`, with a name that is neither a path nor Node's own. */
const IMPORTS = /(?:\bfrom\s*|\bimport\s*\(\s*|\brequire\s*\(\s*)'(?!node:)([@a-z][^']*)'/g;

/** Names of the packages that the TypeScript below `folders` imports, sorted. */
export function importedPackages(root: string, folders: readonly string[]): string[] {
  const names = new Set<string>();
  for (const folder of folders) {
    for (const path of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      if (!path.endsWith('.ts')) continue;
      const code = readFileSync(join(root, folder, path), 'utf8');
      for (const [, name] of code.matchAll(IMPORTS)) names.add(packageOf(name!));
    }
  }
  return [...names].sort();
}

/** `@a/b/c` is in the package `@a/b`, `a/b` in `a`. */
function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Removes the others; returns the paths that are kept. Throws PackageError for an import that isn't locked. */
export function keepPackages(root: string, folders: readonly string[]): string[] {
  const kept = new Set(reachablePaths(readLock(root), importedPackages(root, folders)));
  const prune = (modules: string): void => {
    for (const path of packagesIn(root, modules)) {
      if (kept.has(path)) prune(`${path}/node_modules`);
      else rmSync(join(root, path), { recursive: true, force: true });
    }
  };
  prune('node_modules');
  for (const path of ['node_modules/.bin', 'node_modules/.package-lock.json']) {
    rmSync(join(root, path), { recursive: true, force: true });
  }
  return [...kept];
}

/** Paths of the packages in a node_modules folder, those with a scope too. */
function packagesIn(root: string, modules: string): string[] {
  return list(root, modules).flatMap((path) =>
    path.split('/').at(-1)!.startsWith('@') ? list(root, path) : [path],
  );
}

function list(root: string, folder: string): string[] {
  if (!statSync(join(root, folder), { throwIfNoEntry: false })) return [];
  return readdirSync(join(root, folder))
    .filter((name) => !name.startsWith('.'))
    .map((name) => `${folder}/${name}`);
}

if (import.meta.main) {
  const kept = keepPackages(ROOT, process.argv.slice(2));
  console.log(`${kept.length} packages are kept.`);
}
