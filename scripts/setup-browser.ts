/**
 * @module scripts/setup-browser
 * Installs the browser that the tests of the pages run in.
 *
 *     npm run setup:browser
 *
 * Where that isn't possible it says what to do, and ends well: those tests are then skipped.
 */
import { installChromium } from './browser/install.ts';
import { MissingError } from './tfjs-node/run.ts';

try {
  console.log(`${await installChromium()} is there for the tests of the pages.`);
} catch (error) {
  if (!(error instanceof MissingError)) throw error;
  console.log(`No browser: ${error.message}. The tests of the pages are skipped.`);
}
