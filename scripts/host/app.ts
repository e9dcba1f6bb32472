/**
 * @module scripts/host/app
 * Loads the app that package.json names in `main` and runs its start hooks. An entry point that can't be
 * loaded leaves the host up with zero functions, as the real one.
 */
import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CoreModule } from './core-module.ts';
import { describe, type Log, messageOf } from './log.ts';

/**
 * Loads every file that `main` names or matches, into `core.functions`. Returns false, after logging the
 * cause, when one of them fails: then no function is kept.
 */
export async function loadApp(root: string, core: CoreModule, log: Log): Promise<boolean> {
  let main = '(none)';
  try {
    const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    main = packageJson.main ?? '(none)';
    const files = packageJson.main ? entryFiles(root, main) : [];
    if (files.length === 0) throw new Error('Found zero files matching the supplied pattern');
    for (const file of files) {
      const path = resolve(root, file);
      const isModule = path.endsWith('.mjs') || (path.endsWith('.js') && packageJson.type === 'module');
      if (isModule) await import(pathToFileURL(path).href);
      else createRequire(join(root, 'package.json'))(path);
    }
    await core.runHooks('appStart', { ...hookData(core), functionAppDirectory: root });
    const capabilities = (await core.programmingModel?.getCapabilities?.({})) ?? {};
    if (capabilities.HttpUri) {
      throw new Error('app.setup({ enableHttpStream: true }) is not supported by the local host.');
    }
    return true;
  } catch (error) {
    log.error(`Worker was unable to load entry point "${main}": ${messageOf(error)}`);
    log.error(describe(error));
    core.functions.length = 0;
    return false;
  } finally {
    core.startupDone = true;
  }
}

/** Runs the appTerminate hooks. A fault in one is logged: the stop goes on. */
export async function terminateApp(core: CoreModule, log: Log): Promise<void> {
  try {
    await core.runHooks('appTerminate', hookData(core));
  } catch (error) {
    log.error(`An appTerminate hook failed: ${describe(error)}`);
  }
}

function hookData(core: CoreModule): { hookData: object; appHookData: object } {
  return { hookData: core.appHookData, appHookData: core.appHookData };
}

/** Globbing is experimental in Node 22 and says so on stderr; a plain name needs none. */
function entryFiles(root: string, main: string): string[] {
  return /[*?{[]/.test(main) ? globSync(main, { cwd: root }).sort() : [main];
}
