/** Field case 70: a conversion keeps within 512 MB of memory, whatever lies beside the weights. In a process of its own. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contentHash } from '../../core/hash.ts';
import { FILE, formatManifest, parseManifest } from '../../core/manifest.ts';
import { openStorage } from '../../core/storage/storage.ts';
import { startAzurite } from '../../scripts/azurite.ts';
import { ROOT, runNode, stopAll } from '../helpers/processes.ts';

const STARTER = join(ROOT, 'starter', 'model');
const BESIDE = { path: 'notes.bin', bytes: 300_000_000 };

const folder = mkdtempSync(join(tmpdir(), 'pawprint-memory-'));
afterAll(async () => {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
});

/** SHA-256 of so many zeros. */
function sha256OfZeros(bytes: number): string {
  const hash = createHash('sha256');
  const piece = Buffer.alloc(1_000_000);
  for (let left = bytes; left > 0; left -= piece.length) hash.update(piece.subarray(0, left));
  return hash.digest('hex');
}

test('the starter’s model, with a file of 300 MB beside it, is converted within 512 MB', async () => {
  const azurite = await startAzurite({ folder: join(folder, 'azurite') });
  try {
    const storage = openStorage({ MODEL_STORAGE: azurite.connectionString });
    await storage.ensureContainers();
    const manifest = parseManifest(readFileSync(join(STARTER, FILE.manifest)));
    const large = { ...BESIDE, sha256: sha256OfZeros(BESIDE.bytes) };
    const onDisk = join(folder, BESIDE.path);
    writeFileSync(onDisk, '');
    truncateSync(onDisk, BESIDE.bytes);

    manifest.files.push(large);
    const version = `${manifest.version.slice(0, 17)}${contentHash(manifest.files).slice(0, 8)}`;
    for (const { path, bytes, sha256 } of manifest.files) {
      const local = { path: path === BESIDE.path ? onDisk : join(STARTER, path), bytes, sha256 };
      await storage.createOnceFromFile('trained', `${version}/${path}`, local);
    }
    const stored = Buffer.from(formatManifest({ ...manifest, version }));
    await storage.createOnce('trained', `${version}/${FILE.manifest}`, stored);

    const output = await runNode(['tests/helpers/convert-once.ts', version], {
      MODEL_STORAGE: azurite.connectionString,
    });
    const { outcome, before, megabytes } = JSON.parse(output);
    console.log(
      `${Math.round(megabytes)} MB at the peak, ${Math.round(before)} of them before the conversion`,
    );
    expect(outcome).toBe('converted');
    expect(megabytes).toBeLessThan(512);
  } finally {
    await azurite.stop();
  }
}, 120_000);
