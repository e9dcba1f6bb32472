/**
 * @module training/cross-validation/parts
 * Parts that are done, on disk: a run of an hour that was stopped goes on where it was.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentHash, sha256 } from '../../core/hash.ts';
import type { Base } from '../base/base.ts';
import type { Picture } from '../data/data-set.ts';
import { checkpointKey } from '../run/checkpoint-key.ts';
import { decisiveSettings, type Settings } from '../settings.ts';
import type { Answer } from './out-of-fold.ts';

export interface Parts {
  folder: string;
  /** Null where the part isn't done. */
  read(part: number): Promise<Answer[] | null>;
  write(part: number, answers: readonly Answer[]): Promise<void>;
  clear(): Promise<void>;
}

/** Other settings, photographs or a base have a folder of their own. */
export function openParts(
  parent: string,
  { settings, base, pictures }: { settings: Settings; base: Base; pictures: readonly Picture[] },
): Parts {
  const key = checkpointKey({
    ...decisiveSettings(settings),
    photographs: contentHash(pictures),
    labels: sha256(pictures.map(({ label }) => label).join()),
    baseHash: base.contentHash,
  });
  const folder = join(parent, sha256(key).slice(0, 16));
  const pathOf = (part: number) => join(folder, `part-${part + 1}.json`);
  return {
    folder,
    async read(part) {
      const text = await readFile(pathOf(part), 'utf8').catch(() => null);
      return text === null ? null : (JSON.parse(text) as Answer[]);
    },
    async write(part, answers) {
      await mkdir(folder, { recursive: true });
      await writeFile(`${pathOf(part)}.tmp`, JSON.stringify(answers));
      await rename(`${pathOf(part)}.tmp`, pathOf(part));
    },
    clear: () => rm(folder, { recursive: true, force: true }),
  };
}
