/**
 * @module scripts/classify/require-listener
 * Whether anything listens at the address that was named: a wrong one ends the command at once, where a service that
 * was there is asked again for minutes.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { ConfigurationError } from '../../core/errors.ts';

/** A connection that takes longer may still come: nothing is known, so nothing is said. */
const LONGEST_MS = 5000;

/** What is so for good, and what to look at. */
const HOPELESS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there. Start the service, or check the port',
  ENOTFOUND: 'there is no such host. Check its name',
};

/** Throws {@link ConfigurationError} where the host of `url` has no address or refuses the connection. No request is sent. */
export async function requireListener(url: string): Promise<void> {
  if (!URL.canParse(url)) {
    throw new ConfigurationError(
      `--url is an address as https://pets.example.org, not ${JSON.stringify(url)}.`,
    );
  }
  const { protocol, hostname, port } = new URL(url);
  const defaultPort = protocol === 'https:' ? 443 : 80;
  const socket = connect({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? defaultPort : Number(port),
  });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(LONGEST_MS) });
  } catch (error) {
    const why = HOPELESS[(error as NodeJS.ErrnoException).code ?? ''];
    if (why === undefined) return;
    throw new ConfigurationError(`There is no service at ${url}: ${why}. Nothing was sent.`, {
      cause: error,
    });
  } finally {
    socket.on('error', () => {});
    socket.destroy();
  }
}
