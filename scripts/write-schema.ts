/**
 * @module scripts/write-schema
 * Writes the published JSON Schema of the manifest to `core/manifest.schema.json`.
 *
 *     npm run schema
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { manifestJsonSchema } from '../core/manifest.ts';
import { ROOT } from './paths.ts';

writeFileSync(
  join(ROOT, 'core', 'manifest.schema.json'),
  `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`,
);
