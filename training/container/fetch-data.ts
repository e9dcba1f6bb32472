/**
 * @module training/container/fetch-data
 * The photographs of a job on this machine: the data set, small files beside it, and accepted feedback.
 */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DataError } from '../../core/errors.ts';
import { sha256 } from '../../core/hash.ts';
import { connectBlobService } from '../../core/storage/client.ts';
import { ACCEPTED_PREFIX } from '../../core/storage/names.ts';
import { openStorage, type Storage } from '../../core/storage/storage.ts';
import { publicUrl } from '../data/download.ts';
import { openSource } from '../data/source.ts';
import { hashFile, wrongHash } from '../data/unpack.ts';
import { cacheFolder } from '../features/cache.ts';
import type { Reporter } from '../reporter.ts';
import { addFeedback } from './feedback.ts';
import { fetchArchive } from './fetch-archive.ts';
import { fetchBlobs } from './fetch-blobs.ts';
import type { JobSettings } from './job-settings.ts';
import { withPatience } from './storage-faults.ts';

export interface JobData {
  /** The command line of the training, as far as it is about data. */
  words: string[];
  /** The data set without a secret: what may be written down. */
  title: string;
  feedback: { added: number; leftOut: number };
}

interface Circumstances {
  env: NodeJS.ProcessEnv;
  reporter: Reporter;
  signal: AbortSignal;
}

/** Throws DataError for what can't be reached or isn't what it should be. */
export async function fetchData(settings: JobSettings, circumstances: Circumstances): Promise<JobData> {
  const { place, training, work } = settings;
  const { env, reporter } = circumstances;
  const storage = settings.storage && openStorage(settings.storage);
  const { data, title } = await fetchDataSet(settings, circumstances);
  const species = await fetchSmallFiles(storage, training.species, work);
  const split = await fetchSmallFiles(storage, training.split, work);
  const checked = place.kind === 'archive-blob' ? '' : training.sha256;
  const source = training.source || title;
  const shared = species === '' ? [] : ['--species', species];
  const alone = {
    words: [
      '--data',
      data,
      '--source',
      source,
      ...shared,
      ...wordOf('split', split),
      ...wordOf('sha256', checked),
    ],
    title,
    feedback: { added: 0, leftOut: 0 },
  };
  if (!settings.feedback || storage === null) return alone;

  const pictures = await fetchBlobs(storage, ACCEPTED_PREFIX, {
    folder: join(work, 'data'),
    reporter,
    signal: circumstances.signal,
    mayBeEmpty: true,
  });
  if (pictures.files === 0) return alone;
  const opened = await openSource(data, { cache: cacheFolder(env), sha256: checked, reporter });
  const into = join(work, 'with-feedback');
  const both = await addFeedback(opened.folder, pictures.folder, {
    into,
    settings: { ...training, split },
    reporter,
  });
  if (both === null) {
    reporter.line(`feedback: none of ${pictures.files} accepted pictures can be used`);
    return { ...alone, feedback: { added: 0, leftOut: pictures.files } };
  }
  reporter.line(
    `feedback: ${both.added} of ${pictures.files} accepted pictures are trained on; none is held back`,
  );
  return {
    words: [
      ...['--data', both.folder, '--split', both.split],
      ...['--source', `${source} and ${both.added} pictures of accepted feedback`, ...shared],
    ],
    title,
    feedback: { added: both.added, leftOut: both.leftOut.length },
  };
}

/** The folder, archive or address that the training takes. */
async function fetchDataSet(
  { place, training, work, storage }: JobSettings,
  { reporter, signal }: Circumstances,
): Promise<{ data: string; title: string }> {
  const folder = join(work, 'data');
  if (place.kind === 'other') {
    const { data } = place;
    const isAddress = URL.canParse(data) && data.includes('://');
    if (!isAddress && !existsSync(data)) {
      throw new DataError(
        `There is no folder and no archive ${data}, which TRAIN_DATA names: give it the folder of photographs, datasets/{name}/ in Blob Storage, or an https address.`,
      );
    }
    return { data, title: isAddress ? publicUrl(data) : basename(data) };
  }
  await mkdir(folder, { recursive: true });
  if (place.kind === 'blobs') {
    const fetched = await fetchBlobs(openStorage(storage!), place.prefix, { folder, reporter, signal });
    reporter.line(`datasets/${place.prefix}: ${fetched.files} files, ${fetched.fetched} of them fetched now`);
    return { data: fetched.folder, title: `datasets/${place.prefix}` };
  }
  const title = `datasets/${place.path}`;
  const data = await fetchArchive(connectBlobService(storage!), place.path, { folder, reporter, signal });
  const expected = training.sha256.toLowerCase();
  const hash = expected === '' ? '' : await hashFile(data);
  if (hash !== expected) throw wrongHash(title, { expected, hash });
  return { data, title };
}

/** `datasets/…` in a setting that names files, with commas between, becomes the path of a copy. */
async function fetchSmallFiles(storage: Storage | null, setting: string, work: string): Promise<string> {
  const names = setting.split(',').map((name) => name.trim());
  const paths = names.map(async (name) => {
    if (!name.startsWith('datasets/') || storage === null) return name;
    const path = name.slice('datasets/'.length);
    const found = await withPatience(name, () => storage.find('datasets', path));
    if (found === undefined) throw new DataError(`There is no blob ${name}, which a setting names.`);
    const folder = join(work, 'lists', sha256(path).slice(0, 16));
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, basename(path)), found.bytes);
    return join(folder, basename(path));
  });
  return (await Promise.all(paths)).join(',');
}

const wordOf = (key: string, value: string) => (value === '' ? [] : [`--${key}`, value]);
