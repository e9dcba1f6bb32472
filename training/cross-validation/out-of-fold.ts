/**
 * @module training/cross-validation/out-of-fold
 * Answers to every photograph by a network that was trained without it.
 */
import { join, resolve } from 'node:path';
import { PRECISIONS, type Precision } from '../../core/manifest.ts';
import type { Picture } from '../data/data-set.ts';
import { assignFolds } from '../data/split.ts';
import { rankOf, rowOf, type Scored } from '../evaluate/ranks.ts';
import { measureTrained } from '../phases/measure-trained.ts';
import type { PreparedRun } from '../phases/prepare.ts';
import { trainNetwork } from '../phases/train-network.ts';
import type { Settings } from '../settings.ts';
import type { Parts } from './parts.ts';

/** Where the truth stood among the answers, 1 for the best. */
export interface Answer {
  path: string;
  label: number;
  rank: Record<Precision, number>;
}

/**
 * A head on a frozen base is trained on all pictures, with one more head for each fold anyway: their answers to the
 * folds they never saw are taken. Any other network is trained from the beginning for each part, with its own
 * validation part inside the others, and answers by the files that would serve.
 */
export async function answerOutOfFold(
  prepared: PreparedRun,
  { settings, parts }: { settings: Settings; parts: Parts },
): Promise<Answer[]> {
  const { start, photographs, reporter } = prepared;
  const { data, labels } = photographs;
  const { pictures, root, classes } = data;
  const jobOf = (own: readonly Picture[], checkpoints: string) => ({
    ...prepared,
    settings,
    checkpoints,
    root,
    classes,
    pictures: own,
  });
  if (settings.network === 'transfer' && !settings.fineTune) {
    const { unseen } = await trainNetwork(start, jobOf(pictures, parts.folder));
    return answersOf(pictures, unseen);
  }

  const fold = assignFolds(pictures, { classes: classes.length, folds: settings.folds, seed: settings.seed });
  const answers: Answer[] = [];
  for (let part = 0; part < settings.folds; part++) {
    const split = {
      training: pictures.filter((_, picture) => fold[picture] !== part),
      evaluation: pictures.filter((_, picture) => fold[picture] === part),
    };
    const title = `part ${part + 1} of ${settings.folds}`;
    const done = settings.resume ? await parts.read(part) : null;
    if (done) {
      reporter.line(`${title}: taken from ${parts.folder}`);
      answers.push(...done);
      continue;
    }
    reporter.line(`${title}: ${split.training.length} to train on, ${split.evaluation.length} to answer`);
    const checkpoints = resolve(join(parts.folder, `checkpoint-${part + 1}`));
    const trained = await trainNetwork(start, jobOf(split.training, checkpoints));
    const { served } = await measureTrained(trained, { ...prepared, settings, root, labels, split });
    const own = answersOf(split.evaluation, served.scored);
    await parts.write(part, own);
    await trained.clear();
    answers.push(...own);
  }
  return answers;
}

function answersOf(pictures: readonly Picture[], scored: Record<Precision, Scored>): Answer[] {
  return pictures.map(({ path, label }, row) => {
    const ranks = PRECISIONS.map((precision) => [precision, rankOf(rowOf(scored[precision], row), label)]);
    return { path, label, rank: Object.fromEntries(ranks) as Answer['rank'] };
  });
}
