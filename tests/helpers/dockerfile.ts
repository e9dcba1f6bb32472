/**
 * @module tests/helpers/dockerfile
 * A Dockerfile as its instructions, so that tests can look at them and run them.
 */
export interface Instruction {
  name: string;
  /** With continued lines joined. */
  text: string;
  /** Number of the stage that it is in, from 0. */
  stage: number;
}

/** Comments are left out; a line that ends in a backslash goes on. Heredocs aren't known. */
export function parseDockerfile(content: string): Instruction[] {
  const lines = content.split('\n').filter((line) => !/^\s*#/.test(line) && line.trim() !== '');
  const whole = lines.join('\n').replace(/\\\n\s*/g, ' ');
  let stage = -1;
  return whole.split('\n').map((line) => {
    const [, name, text] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === undefined || text === undefined) throw new Error(`No instruction: ${line}`);
    if (name === 'FROM') stage++;
    return { name, text, stage };
  });
}

/** What a COPY takes and where it goes; `from` is the stage or image that it takes it from. */
export function parseCopy(text: string): { from: string | null; sources: string[]; target: string } {
  const words = text.split(/\s+/);
  const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length) ?? null;
  const paths = words.filter((word) => !word.startsWith('--'));
  return { from, sources: paths.slice(0, -1), target: paths.at(-1)! };
}

/** Whether a .dockerignore keeps `path` out of the build. The last rule that fits decides, also for what is below it. */
export function isIgnored(rules: string, path: string): boolean {
  let ignored = false;
  for (const line of rules.split('\n').map((one) => one.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const isException = line.startsWith('!');
    const pattern = isException ? line.slice(1) : line;
    const body = pattern
      .replace(/[.+^${}()|[\]]/g, '\\$&')
      .replaceAll('**/', '\u0000')
      .replaceAll('*', '[^/]*')
      .replaceAll('\u0000', '(.*/)?');
    if (new RegExp(`^${body}(/.*)?$`).test(path)) ignored = !isException;
  }
  return ignored;
}
