/**
 * @module tests/host/azurite
 * Starting the storage emulator where it can't be started.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { startAzurite } from '../../scripts/azurite.ts';
import { itLocally } from './harness.ts';

itLocally('names a port that is taken in one line', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };

  const start = startAzurite({ queuePort: port });

  await expect(start).rejects.toThrow(
    new RegExp(`^Port ${port} is taken, so Azurite can't start\\. Stop .*$`),
  );
  taken.close();
});
