/**
 * @module scripts/build
 * Bundles the function app to CommonJS with source maps: `dist/main.cjs`, which `main` in package.json names, and
 * `dist/inference-thread.cjs`, what its threads run. `sharp` and `onnxruntime-node` stay outside: they carry native libraries.
 *
 *     npm run build
 */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build, stop } from 'esbuild';
import { bundlePage } from './build/page-assets.ts';
import { ROOT } from './paths.ts';

/** Bundles into `folder` (absolute). Throws when the code doesn't compile; esbuild has printed why. */
export async function buildApp({ folder = join(ROOT, 'dist') }: { folder?: string } = {}): Promise<void> {
  mkdirSync(folder, { recursive: true });
  // Written elsewhere and moved: a host that starts beside this must not read half a bundle.
  const temporary = mkdtempSync(join(folder, '.new-'));
  try {
    await build({
      // Paths in comments and the map are relative to it: the same bytes wherever it is started.
      absWorkingDir: ROOT,
      entryPoints: [
        join(ROOT, 'functions', 'main.ts'),
        join(ROOT, 'core', 'inference', 'worker', 'inference-thread.ts'),
      ],
      outdir: folder,
      entryNames: '[name]',
      outExtension: { '.js': '.cjs' },
      write: false,
      bundle: true,
      platform: 'node',
      target: 'node22',
      format: 'cjs',
      sourcemap: true,
      // The host supplies the core; the native packages find their libraries beside themselves.
      external: ['sharp', 'onnxruntime-node', '@azure/functions-core'],
      define: {
        // functions/page/assets.ts
        PAWPRINT_PAGE_ASSETS: JSON.stringify(await bundlePage()),
        // functions/inference-script.ts
        PAWPRINT_INFERENCE_THREAD: JSON.stringify('inference-thread.cjs'),
      },
      logLevel: 'warning',
    }).then(({ outputFiles }) => {
      for (const { path, contents } of outputFiles) {
        writeFileSync(join(temporary, basename(path)), contents);
        renameSync(join(temporary, basename(path)), path);
      }
    });
  } finally {
    rmSync(temporary, { recursive: true, force: true });
    // Its service process would stay as long as this one.
    await stop();
  }
}

if (import.meta.main) await buildApp();
