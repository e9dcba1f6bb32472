/**
 * @module scripts/smoke
 * Asks a service that was just deployed whether it works: it is ready, refuses who has no key or token where it asks for
 * one, and names the breed on one photograph that is drawn here.
 *
 *     SMOKE_KEY=… npm run smoke -- https://NAME.azurewebsites.net
 *     npm run smoke -- http://127.0.0.1:7071 --auth none --wait 10
 *
 * Ends with 0 when it works, 1 when it doesn't, 2 when it wasn't told what to ask.
 */
import { messageOf } from '../core/errors.ts';
import { readSmokeOptions, SmokeUsageError } from './smoke/command-line.ts';
import { smokeTest } from './smoke/smoke-test.ts';

try {
  const options = readSmokeOptions(process.argv.slice(2), process.env);
  const { lines, warnings } = await smokeTest(options);
  for (const line of lines) console.log(line);
  // A line of its own kind in GitHub Actions: it is shown on the page of the run.
  const mark = process.env.GITHUB_ACTIONS === 'true' ? '::warning::' : 'WARNING: ';
  for (const warning of warnings) console.log(`${mark}${warning}`);
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = error instanceof SmokeUsageError ? 2 : 1;
}
