/**
 * @module scripts/browser/install
 * Debian's Chromium, in which the tests open the pages.
 */
import { existsSync } from 'node:fs';
import { MissingError, run } from '../tfjs-node/run.ts';

export const CHROMIUM = '/usr/bin/chromium';

/** The browser, and letters to look at: without recommended packages it comes with none. */
const PACKAGES = ['chromium', 'fonts-liberation'];
const BY_HAND = `As root: apt-get install ${PACKAGES.join(' ')}`;

export interface InstallOptions {
  /** Where it is once it is installed. */
  path?: string;
  /** The program that installs. */
  aptGet?: string;
  isRoot?: boolean;
  log?: (line: string) => void;
}

/**
 * Installs Chromium with apt unless it is there; resolves with its version. Throws MissingError that says what to do
 * where that isn't possible.
 */
export async function installChromium({
  path = CHROMIUM,
  aptGet = 'apt-get',
  isRoot = process.getuid?.() === 0,
  log = console.log,
}: InstallOptions = {}): Promise<string> {
  if (!existsSync(path)) {
    await run(aptGet, ['--version'], {
      orElse: `apt-get is not there. Install Chromium so that it is ${path}`,
    });
    if (!isRoot) throw new MissingError(`this needs root. ${BY_HAND}`);
    log(`Installing ${PACKAGES.join(' and ')} with apt-get ...`);
    await run(aptGet, ['update'], { orElse: 'the lists of packages can not be fetched' });
    await run(aptGet, ['install', '--yes', '--no-install-recommends', ...PACKAGES], {
      orElse: `they can not be installed. ${BY_HAND}`,
    });
    if (!existsSync(path)) throw new MissingError(`apt-get ended well, and ${path} is not there`);
  }
  const version = await run(path, ['--version'], { orElse: `${path} does not start` });
  return version.trim();
}
