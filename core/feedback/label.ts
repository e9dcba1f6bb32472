/**
 * @module core/feedback/label
 * Labels that feedback may give: the breeds of the model that answered, or that it was none of them.
 */
import { BadRequestError, NotFoundError } from '../errors.ts';
import type { Label } from '../manifest.ts';
import { findManifest } from '../registry/list-versions.ts';
import type { Storage } from '../storage/storage.ts';
import { OTHER_LABELS } from './record.ts';

/** Throws {@link BadRequestError} unless `label` is one of `labels`, "other" or "not a pet". */
export function requireLabel(label: string, labels: readonly Label[]): void {
  const isBreed = labels.some(({ name }) => name === label);
  if (isBreed || OTHER_LABELS.some((other) => other === label)) return;
  const others = OTHER_LABELS.map((other) => `"${other}"`).join(' or ');
  throw new BadRequestError(
    `\`label\`: ${JSON.stringify(label.slice(0, 60))} is no breed of the model. Give \`breed\` of one of GET /api/breeds, or ${others}.`,
  );
}

/** The labels of a version, in production or not. Throws {@link NotFoundError} and UnavailableError. */
export async function labelsOfVersion(storage: Storage, version: string): Promise<readonly Label[]> {
  const manifest = await findManifest(storage, version);
  if (manifest !== undefined) return manifest.labels;
  throw new NotFoundError(
    `Version ${version} is not known. Give \`model.version\` of the answer, or leave out \`version\`.`,
  );
}
