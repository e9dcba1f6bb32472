/** Whether anything listens at an address, asked without a request. */
import { lookup } from 'node:dns/promises';
import { ConfigurationError } from '../../../core/errors.ts';
import { requireListener } from '../../../scripts/classify/require-listener.ts';
import { type StandIn, startStandIn } from '../clients/stand-in.ts';

let standIn: StandIn;
beforeAll(async () => {
  standIn = await startStandIn({ status: 200 });
});
afterAll(() => standIn.close());

test('who listens is asked nothing', async () => {
  await requireListener(`${standIn.url}/api`);
  expect(standIn.received).toEqual([]);
});

test.each(['127.0.0.1', 'localhost'])('%s where nothing listens is refused', async (host) => {
  const other = await startStandIn({ status: 200 });
  await other.close();
  const asked = requireListener(other.url.replace('127.0.0.1', host));
  await expect(asked).rejects.toThrow(ConfigurationError);
  await expect(asked).rejects.toThrow(/nothing listens there/);
});

test('a host that is not there is named', async () => {
  const host = 'no-such-host.invalid';
  const code = await lookup(host).catch((error: NodeJS.ErrnoException) => error.code);
  const asked = requireListener(`https://${host}`);
  // Without a name server nothing is known of any host.
  if (code !== 'ENOTFOUND') await expect(asked).resolves.toBeUndefined();
  else await expect(asked).rejects.toThrow(/no-such-host\.invalid: there is no such host/);
});
