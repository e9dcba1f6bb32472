/**
 * @module scripts/host/routes
 * Route templates of ASP.NET Core: `a/{x:int}/b/{*rest}`, `{id?}`, `{name=default}`; case-insensitive, one
 * trailing slash allowed, literal segments before parameters whatever the order of registration.
 */

type Check = (value: string) => boolean;

interface Parameter {
  name: string;
  checks: Check[];
  fallback: string | undefined;
}

export interface Route {
  template: string;
  match(path: string): Record<string, string> | undefined;
  /** Sorts routes: the lesser one is tried first. */
  precedence: string;
}

/** Compiles a template without leading slash. Throws for one that can't be understood. */
export function compileRoute(template: string): Route {
  const parameters: Parameter[] = [];
  let pattern = '';
  let precedence = '';
  for (const segment of template === '' ? [] : template.split('/')) {
    const whole = /^\{(\*{0,2})([^{}:=?]+)((?::[^{}]*?)?)(\?|=[^{}]*)?\}$/.exec(segment);
    if (whole?.[1]) {
      pattern += `(?:/${capture(parameters, whole[2]!, whole[3]!, whole[4], '.*')})?`;
      precedence += whole[3] ? '4' : '5';
    } else if (whole) {
      const part = `/${capture(parameters, whole[2]!, whole[3]!, whole[4], '[^/]+')}`;
      pattern += whole[4] ? `(?:${part})?` : part;
      precedence += whole[3] ? '2' : '3';
    } else {
      const parts = segment.split(/(\{[^{}]+\})/);
      pattern += `/${parts.map((part) => mixedPart(parameters, part, template)).join('')}`;
      precedence += parts.length > 1 ? '2' : '1';
    }
  }
  const regex = new RegExp(`^${pattern}/?$`, 'i');
  return { template, precedence, match: (path) => matchPath(regex, parameters, path) };
}

/**
 * Decodes a request's path as the real host does before it looks for a route: `%2F` stays, so an encoded
 * slash can't make a segment. A malformed escape is left as it is.
 */
export function decodePath(path: string): string {
  return path.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) =>
    escapes
      .split(/(%2f)/i)
      .map((part) => (/^%2f$/i.test(part) ? part : decodeOrKeep(part)))
      .join(''),
  );
}

function decodeOrKeep(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function matchPath(regex: RegExp, parameters: Parameter[], path: string): Record<string, string> | undefined {
  const match = regex.exec(path);
  if (!match) return undefined;
  const values: Record<string, string> = {};
  for (const [index, { name, checks, fallback }] of parameters.entries()) {
    const value = match[index + 1] || fallback;
    if (value === undefined) continue;
    if (!checks.every((check) => check(value))) return undefined;
    values[name] = value;
  }
  return values;
}

function mixedPart(parameters: Parameter[], part: string, template: string): string {
  const parameter = /^\{([^{}:=?*]+)((?::[^{}]*)?)\}$/.exec(part);
  if (parameter) return capture(parameters, parameter[1]!, parameter[2]!, undefined, '[^/]+?');
  if (/[{}]/.test(part) || (part === '' && template.includes('//'))) {
    throw new Error(`The route template '${template}' is not valid.`);
  }
  return part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function capture(
  parameters: Parameter[],
  name: string,
  constraints: string,
  suffix: string | undefined,
  pattern: string,
): string {
  const fallback = suffix?.startsWith('=') ? suffix.slice(1) : undefined;
  const checks = constraints
    .split(/:(?![^()]*\))/)
    .filter(Boolean)
    .map(compileConstraint);
  parameters.push({ name, checks, fallback });
  return `(${pattern})`;
}

function compileConstraint(text: string): Check {
  const [, kind = '', parameters = ''] = /^(\w+)(?:\((.*)\))?$/.exec(text) ?? [];
  const [first = 0, second = Number.POSITIVE_INFINITY] = parameters.split(',').map(Number);
  const integer = (value: string) => /^[+-]?\d+$/.test(value);
  switch (kind) {
    case 'int':
      return (value) => integer(value) && Number(value) >= -(2 ** 31) && Number(value) < 2 ** 31;
    case 'long':
      return integer;
    case 'bool':
      return (value) => /^(true|false)$/i.test(value);
    case 'alpha':
      return (value) => /^[a-z]*$/i.test(value);
    case 'guid':
      return (value) => /^\{?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$/i.test(value);
    case 'min':
      return (value) => integer(value) && Number(value) >= first;
    case 'max':
      return (value) => integer(value) && Number(value) <= first;
    case 'range':
      return (value) => integer(value) && Number(value) >= first && Number(value) <= second;
    case 'minlength':
      return (value) => value.length >= first;
    case 'maxlength':
      return (value) => value.length <= first;
    case 'length':
      return (value) => value.length >= first && value.length <= (parameters.includes(',') ? second : first);
    case 'regex':
      return (value) => new RegExp(parameters, 'i').test(value);
    default:
      throw new Error(`The constraint reference '${text}' could not be resolved to a type.`);
  }
}
