/**
 * @module scripts/build/page-assets
 * Bundles what runs in the browser on the page for people.
 */
import { join } from 'node:path';
import { build } from 'esbuild';
import type { PageAssets } from '../../functions/page/assets.ts';
import { ROOT } from '../paths.ts';

/** Browsers of 2022 and later. */
const TARGET = ['chrome100', 'firefox100', 'safari15.4'];

/** Throws when the code doesn't compile; esbuild has printed why. Its process stays until `stop()` of esbuild. */
export async function bundlePage(): Promise<PageAssets> {
  const [script, style] = await Promise.all([bundle('main.ts'), bundle('style.css')]);
  return { script, style };
}

async function bundle(name: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [join(ROOT, 'functions', 'page', 'client', name)],
    write: false,
    bundle: true,
    minify: true,
    platform: 'browser',
    target: TARGET,
    format: 'iife',
    logLevel: 'warning',
  });
  return outputFiles[0]!.text.trim();
}
