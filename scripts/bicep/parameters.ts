/**
 * @module scripts/bicep/parameters
 * The variables that the parameters file reads.
 */
import { CompilerError } from './compiler.ts';

const READ = /readEnvironmentVariable\('(\w+)'(?:, ('[^']*'))?\)/g;

/** Names of the variables that a parameters file reads, with their default; undefined where one has to be set. */
export function variablesOf(text: string): Map<string, string | undefined> {
  return new Map([...text.matchAll(READ)].map(([, name, value]) => [name!, value?.slice(1, -1)]));
}

/**
 * The file with the values of `env` in place of what it reads. Throws {@link CompilerError} for a variable that it doesn't
 * read, or that has no default and no value.
 */
export function setVariables(text: string, env: Readonly<Record<string, string>>): string {
  const known = variablesOf(text);
  const unknown = Object.keys(env).filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new CompilerError(
      `The parameters file doesn't read ${unknown.join(', ')}. It reads ${[...known.keys()].join(', ')}.`,
    );
  }
  return text.replace(READ, (_, name: string, value: string | undefined) => {
    const set = env[name];
    if (set !== undefined)
      return `'${set.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('${', '\\${')}'`;
    if (value === undefined) throw new CompilerError(`The parameters file needs ${name}.`);
    return value;
  });
}
