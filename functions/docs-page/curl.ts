/**
 * @module functions/docs-page/curl
 * An operation as a command to copy.
 */
import type { OpenApiOperation } from '../openapi/document.ts';

/** The command for an operation at `origin`; KEY, TOKEN and names in capitals are for the reader to fill in. */
export function curlOf(
  { method, path, operation }: { method: string; path: string; operation: OpenApiOperation },
  origin: string,
): string {
  const url = `${origin}${path.replace(/\{(\w+)\}/g, (_, name: string) => name.toUpperCase())}`;
  const words = ['curl'];
  if (method === 'delete') words.push('-X DELETE');
  if (operation.security.some((scheme) => 'bearer' in scheme)) words.push("-H 'authorization: Bearer TOKEN'");
  else if (operation.security.length > 0) words.push("-H 'x-functions-key: KEY'");
  const body = bodyOf(operation);
  if (body !== undefined) words.push(body);
  else if (method === 'post') words.push('-X POST');
  return `${words.join(' ')} '${url}'`;
}

function bodyOf({ requestBody }: OpenApiOperation): string | undefined {
  const content = requestBody?.content ?? {};
  if ('image/jpeg' in content) return "--data-binary @photo.jpg -H 'content-type: image/jpeg'";
  const [example] = Object.values(content['application/json']?.examples ?? {});
  return example === undefined ? undefined : `--json '${JSON.stringify(example.value)}'`;
}
