/**
 * @module training/container/feedback
 * Accepted feedback beside a data set, as more pictures to train on.
 *
 * It is never held back. The figures of two versions are compared on the pictures that both held back: feedback comes
 * where the model was wrong, several pictures of one animal at a time, and would make each new version measure itself by
 * a harder set than the last. So the data set is split as it would be without feedback, by the same seed and share or the
 * same lists; feedback goes to the training side; and a picture of it that is nearly one that is held back is left out.
 */
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DataError } from '../../core/errors.ts';
import { compareBytes, sha256 } from '../../core/hash.ts';
import { nameKey } from '../data/class-names.ts';
import { type DataSet, readDataSet } from '../data/data-set.ts';
import { splitPictures } from '../data/split.ts';
import { readSplitLists, splitByLists } from '../data/split-lists.ts';
import type { Reporter } from '../reporter.ts';
import type { Settings } from '../settings.ts';

export interface AddOptions {
  /** Gets the folder of both and the lists; what was there of an earlier run goes. */
  into: string;
  settings: Pick<Settings, 'split' | 'seed' | 'evaluationShare'>;
  reporter: Pick<Reporter, 'line' | 'progress'>;
}

export interface WithFeedback {
  /** The data set with the feedback in it. */
  folder: string;
  /** What `--split` takes: two lists. */
  split: string;
  /** Pictures of feedback on the training side, before near-duplicates of what is held back are left out. */
  added: number;
  leftOut: { path: string; reason: string }[];
}

interface FeedbackPicture {
  /** `<breed>/<id>.jpg`. */
  path: string;
  breed: string;
}

/**
 * Puts the pictures in `feedback/<breed>/` beside the data set in `data`, whose files stay as they are: links lead to
 * them. Returns null where no picture is of a breed that the data set has: an answer can't be learned from that alone.
 *
 * Throws {@link DataError} for a data set that can't be trained on.
 */
export async function addFeedback(
  data: string,
  feedback: string,
  { into, settings, reporter }: AddOptions,
): Promise<WithFeedback | null> {
  const pictures = await listFeedback(feedback);
  if (pictures.length === 0) return null;
  const reading = reporter.progress('reading photographs, to split them without feedback');
  const base = await readDataSet(data, { onProgress: reading.onProgress }).finally(reading.end);
  const sides = await splitWithoutFeedback(base, settings);
  const { placed, leftOut } = await placeFeedback(pictures, { feedback, base });
  for (const { path, reason } of leftOut.slice(0, 10)) reporter.line(`feedback left out: ${path}: ${reason}`);
  if (leftOut.length > 10) reporter.line(`feedback left out: ${leftOut.length - 10} more`);
  if (placed.length === 0) return null;

  const folder = join(into, 'photographs');
  await rm(into, { recursive: true, force: true });
  await linkTree(data, folder);
  for (const { from, to } of placed) await symlink(resolve(from), join(folder, to));
  const lists = {
    'photographs-and-feedback.txt': [...sides.training, ...placed.map(({ to }) => to)],
    'held-back.txt': sides.evaluation,
  };
  for (const [name, names] of Object.entries(lists))
    await writeFile(join(into, name), `${names.join('\n')}\n`);
  const split = Object.keys(lists)
    .map((name) => join(into, name))
    .join(',');
  await checkLists(split, Object.values(lists));
  return { folder, split, added: placed.length, leftOut };
}

async function listFeedback(folder: string): Promise<FeedbackPicture[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const pictures = entries
    .filter((entry) => entry.isFile() && resolve(dirname(entry.parentPath)) === resolve(folder))
    .map((entry) => ({
      path: `${basename(entry.parentPath)}/${entry.name}`,
      breed: basename(entry.parentPath),
    }));
  return pictures.sort((a, b) => compareBytes(a.path, b.path));
}

/** Paths of the pictures on each side. */
async function splitWithoutFeedback(
  { pictures, classes, skipped }: DataSet,
  settings: AddOptions['settings'],
): Promise<{ training: string[]; evaluation: string[] }> {
  const split =
    settings.split === ''
      ? splitPictures(pictures, { ...settings, classes })
      : splitByLists(pictures, { classes, skipped, lists: await readSplitLists(settings.split) });
  return {
    training: split.training.map(({ path }) => path),
    evaluation: split.evaluation.map(({ path }) => path),
  };
}

/** A place in the data set for each picture of a breed that it has. */
async function placeFeedback(
  pictures: readonly FeedbackPicture[],
  { feedback, base }: { feedback: string; base: DataSet },
): Promise<{ placed: { from: string; to: string }[]; leftOut: WithFeedback['leftOut'] }> {
  const labels = new Map(base.classes.map((name, label) => [nameKey(name), label]));
  const known = new Set(base.pictures.map((picture) => picture.sha256));
  const placed: { from: string; to: string }[] = [];
  const leftOut: WithFeedback['leftOut'] = [];
  for (const [index, { path, breed }] of pictures.entries()) {
    const label = labels.get(nameKey(breed));
    const from = join(feedback, path);
    if (label === undefined) {
      leftOut.push({ path, reason: `the data set has no breed ${breed}` });
    } else if (known.has(sha256(await readFile(from)))) {
      // Under another label it would take the data set's own picture away, too.
      leftOut.push({ path, reason: 'the data set has the very same picture' });
    } else {
      placed.push({ from, to: placeFor(base, { label, name: basename(path), index }) });
    }
  }
  return { placed, leftOut };
}

/** Beside the first picture of the class: in its folder, or by its name where one folder holds all classes. */
function placeFor(
  base: DataSet,
  { label, name, index }: { label: number; name: string; index: number },
): string {
  const breed = base.classes[label]!;
  const folder = dirname(base.pictures.find((picture) => picture.label === label)!.path);
  const isOwn = nameKey(basename(folder).replace(/^n\d{8}-/, '')) === nameKey(breed);
  const file = isOwn ? `feedback-${name}` : `${breed}_${900_000_000 + index}.jpg`;
  return folder === '.' ? file : `${folder}/${file}`;
}

/** The same folders, with a link for each file. */
async function linkTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await linkTree(source, target);
    else await symlink(resolve(source), target);
  }
}

/** A list can't hold every name of a file: `#` begins a comment. Better no run than a picture that is lost silently. */
async function checkLists(split: string, expected: readonly (readonly string[])[]): Promise<void> {
  const read = await readSplitLists(split);
  for (const [at, { names }] of read.entries()) {
    const lost = expected[at]!.find((name, i) => names[i] !== name);
    if (lost === undefined) continue;
    throw new DataError(
      `${JSON.stringify(lost)} is a name that a list of photographs can't hold, which feedback needs. Rename the file, or set TRAIN_FEEDBACK=off.`,
    );
  }
}
