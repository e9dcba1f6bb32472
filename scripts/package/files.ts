/**
 * @module scripts/package/files
 * The files of the deployed app, read into memory by their path in it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';

/** Every plain file below `folder` that `accept` takes, by its path from there with `/`. Links are left out. */
export function readTree(folder: string, accept: (path: string) => boolean): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = relative(folder, file).split(sep).join('/');
    if (accept(path)) files.set(path, readFileSync(file));
  }
  return files;
}

/**
 * A source map that was written in `folder`, as it would be in `home`: the paths of its sources begin there, and
 * don't tell where, or in which temporary folder, it was built. The text of packages is left out: it is most of the
 * map, and a stack names file and line without it.
 */
export function rebaseSourceMap(map: Uint8Array, { folder, home }: { folder: string; home: string }): Buffer {
  const parsed = JSON.parse(Buffer.from(map).toString()) as {
    sources: string[];
    sourcesContent?: (string | null)[];
  };
  const rebase = (source: string) => relative(home, resolve(folder, source)).split(sep).join('/');
  // Sources of packages that were bundled themselves are URLs: webpack://@azure/functions/src/app.ts. What the build puts
  // in place of a name is no file either: <define:NAME>
  const isUrl = (source: string) => /^([a-z][a-z-]+:|<)/.test(source);
  const isOurs = (source: string) => !isUrl(source) && !/(^|\/)node_modules\//.test(source);
  const sources = parsed.sources.map((source) => (isUrl(source) ? source : rebase(source)));
  const sourcesContent = parsed.sourcesContent?.map((text, index) => (isOurs(sources[index]!) ? text : null));
  return Buffer.from(JSON.stringify({ ...parsed, sources, ...(sourcesContent && { sourcesContent }) }));
}
