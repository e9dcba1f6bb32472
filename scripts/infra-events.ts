/**
 * @module scripts/infra-events
 * After the code is deployed: blob events go to the app. azd runs it (hook postdeploy); without azd, set the outputs of
 * infra/main.bicep as variables.
 *
 *     node scripts/bootstrap.cjs scripts/infra-events.ts
 */
import { join } from 'node:path';
import { SubscribeError, subscribeToBlobEvents } from './bicep/subscribe.ts';
import { ROOT } from './paths.ts';

try {
  await subscribeToBlobEvents({
    env: process.env,
    template: join(ROOT, 'infra', 'blob-events.bicep'),
    log: (line) => console.log(line),
  });
} catch (error) {
  if (!(error instanceof SubscribeError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
