/**
 * @module scripts/host/blob-path
 * The path of a blob trigger: `container/{version}/manifest.json`.
 */

export interface BlobPattern {
  container: string;
  /** Parameters of the blob's name, or undefined when it doesn't match. */
  match(blob: string): Record<string, string> | undefined;
}

/** Compiles a path. `{name}` matches anything, slashes too; a container alone matches every blob in it. */
export function compileBlobPath(path: string): BlobPattern {
  const slash = path.indexOf('/');
  const container = slash < 0 ? path : path.slice(0, slash);
  if (/[{}]/.test(container)) throw new Error(`Container paths can't have parameters: '${path}'.`);
  if (container.length < 3) {
    throw new Error(
      `The container name '${container}' is shorter than three characters: on Azure it ends the host.`,
    );
  }
  const pattern = slash < 0 ? '{*}' : path.slice(slash + 1);
  const names: string[] = [];
  const parts = pattern.split(/(\{[^{}]+\})/).map((part) => {
    if (!part.startsWith('{')) return part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
    names.push(part.slice(1, -1));
    return '(.*)';
  });
  const regex = new RegExp(`^${parts.join('')}$`, 's');
  return {
    container,
    match(blob) {
      const match = regex.exec(blob);
      if (!match) return undefined;
      const entries = names.map((name, index) => [name, match[index + 1] ?? ''] as const);
      return Object.fromEntries(entries.filter(([name]) => name !== '*'));
    },
  };
}
