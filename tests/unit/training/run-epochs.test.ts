import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from '../../../core/errors.ts';
import { openCheckpoints } from '../../../training/run/checkpoint.ts';
import { type Learner, runEpochs } from '../../../training/run/epochs.ts';
import { formatEpoch, openTally } from '../../../training/run/history.ts';
import { lastWords } from '../../../training/run-command.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-epochs-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Learns a number: its weight is the count of epochs, its validation losses (and top-1) are given. */
function countingLearner(
  losses: number[],
  { fault, top1s = [] }: { fault?: (epoch: number) => void; top1s?: number[] } = {},
) {
  let weight = 0;
  const seen: number[] = [];
  const tensors = () => ({ weight: { shape: [1], values: Float32Array.from([weight]) } });
  const learner: Learner = {
    pictures: 10,
    async trainEpoch(epoch, onProgress) {
      fault?.(epoch);
      seen.push(epoch);
      weight++;
      onProgress(10, 10);
      return { loss: 1 / epoch, top1: 0.5, top3: 0.75 };
    },
    validate: async () => ({ loss: losses[weight - 1]!, top1: top1s[weight - 1] ?? 0.25, top3: 0.5 }),
    weights: tensors,
    state: tensors,
    restore: (state) => {
      weight = state.weight!.values[0]!;
    },
  };
  return { learner, seen };
}

function options({ epochs = 5, patience = 0, resume = false } = {}) {
  const lines: string[] = [];
  const progress = () => ({ onProgress: () => {}, end: () => {} });
  const reporter = { line: (text: string) => lines.push(text), progress };
  const checkpoints = openCheckpoints(folder, { key: 'k' });
  return { lines, checkpoints, given: { epochs, patience, resume, checkpoints, reporter } };
}

describe('runEpochs', () => {
  it('keeps the weights of the highest validation top-1, though the loss be higher', async () => {
    const { learner } = countingLearner([1, 2, 3, 4], { top1s: [0.2, 0.3, 0.5, 0.4] });
    const { best } = await runEpochs(learner, options({ epochs: 4 }).given);
    expect([best.epoch, best.weights.weight!.values[0]]).toEqual([3, 3]);
  });

  it('of equal ones keeps those of the lowest loss, and writes a line for each epoch', async () => {
    const { learner } = countingLearner([3, 1, 2, 1, 4]);
    const { lines, given } = options();
    const { history, best } = await runEpochs(learner, given);
    expect(history.map(({ epoch, validationLoss }) => [epoch, validationLoss])).toEqual([
      [1, 3],
      [2, 1],
      [3, 2],
      [4, 1],
      [5, 4],
    ]);
    // The earlier one of two that are equal.
    expect([best.epoch, best.weights.weight!.values[0]]).toEqual([2, 2]);
    expect(lines.filter((line) => line.startsWith('epoch '))).toHaveLength(5);
    expect(lines[0]).toMatch(
      /^epoch 1 of 5: loss 1\.0000, top-1 50\.0 %, top-3 75\.0 %; validation: loss 3\.0000, top-1 25\.0 %, top-3 50\.0 %; \d+\.\d pictures\/s, .* left$/,
    );
  });

  it('stops when validation has not got better for as long as patience says', async () => {
    const { learner, seen } = countingLearner([3, 1, 2, 2, 2, 0]);
    const { lines, given } = options({ epochs: 6, patience: 2 });
    const { history } = await runEpochs(learner, given);
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(history).toHaveLength(4);
    expect(lines).toContain('stopped early: validation was best 2 epochs ago');
  });

  it('goes on after the last whole epoch, with history and best weights', async () => {
    const losses = [3, 1, 2, 2, 2];
    const killed = countingLearner(losses, {
      fault: (epoch) => {
        if (epoch === 4) throw new Error('killed');
      },
    });
    await expect(runEpochs(killed.learner, options().given)).rejects.toThrow('killed');
    const resumed = countingLearner(losses);
    const { given, lines } = options({ resume: true });
    const { history, best } = await runEpochs(resumed.learner, given);
    expect(resumed.seen).toEqual([4, 5]);
    expect(history.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5]);
    expect([best.epoch, best.weights.weight!.values[0]]).toEqual([2, 2]);
    expect(lines[0]).toContain('resumed after epoch 3');
  });

  it('has nothing to train when it is resumed after the last epoch', async () => {
    await runEpochs(countingLearner([2, 1]).learner, options({ epochs: 2 }).given);
    const { learner, seen } = countingLearner([2, 1]);
    const { history, best } = await runEpochs(learner, options({ epochs: 2, resume: true }).given);
    expect([seen, history.length, best.epoch]).toEqual([[], 2, 2]);
  });

  it('starts at the first epoch without --resume, or without a checkpoint', async () => {
    await runEpochs(countingLearner([1]).learner, options({ epochs: 1 }).given);
    const { learner, seen } = countingLearner([1, 1]);
    await runEpochs(learner, options({ epochs: 2 }).given);
    expect(seen).toEqual([1, 2]);
    await options().checkpoints.clear();
    const { given, lines } = options({ epochs: 1, resume: true });
    await runEpochs(countingLearner([1]).learner, given);
    expect(lines[0]).toContain('there is no checkpoint of this run to resume');
  });

  // Field case 90.
  it('stops with epoch and reason where a loss is no number, and keeps the last good checkpoint', async () => {
    const { learner } = countingLearner([1, 1], {
      fault: (epoch) => {
        if (epoch === 3) throw new DataError('step 7: the loss is NaN.');
      },
    });
    const { given, checkpoints } = options();
    await expect(runEpochs(learner, given)).rejects.toThrow(
      'Training stopped in epoch 3, step 7: the loss is NaN. The checkpoint of epoch 2 is kept.',
    );
    expect((await checkpoints.load())?.epoch).toBe(2);
    const validation = countingLearner([1, Number.NaN]);
    await expect(runEpochs(validation.learner, options().given)).rejects.toThrow(
      'Training stopped in epoch 2: the validation loss is NaN.',
    );
    expect((await checkpoints.load())?.epoch).toBe(1);
  });

  it('names the checkpoint that is whole when a signal comes while the next one is written', async () => {
    const said: string[] = [];
    const { learner } = countingLearner([2, 1]);
    const { lines, checkpoints, given } = options({ epochs: 2 });
    const save: typeof checkpoints.save = async (checkpoint) => {
      said.push(...[...lastWords].map((words) => words()));
      // The line of an epoch says that its checkpoint is whole, too.
      expect(lines.filter((line) => line.startsWith('epoch '))).toHaveLength(checkpoint.epoch - 1);
      await checkpoints.save(checkpoint);
    };
    await runEpochs(learner, { ...given, checkpoints: { ...checkpoints, save } });
    expect(said[0]).toBe('Stopped in the first epoch: there is no checkpoint yet.');
    expect(said[1]).toContain('the checkpoint of epoch 1 is kept');
  });

  it('says that it replaces the checkpoint of a run that was stopped', async () => {
    const first = options({ epochs: 1 });
    await runEpochs(countingLearner([1]).learner, first.given);
    expect(first.lines.join()).not.toContain('note:');
    const second = options({ epochs: 1 });
    await runEpochs(countingLearner([1]).learner, second.given);
    expect(second.lines[0]).toContain(`note: ${second.checkpoints.path} is of a run that was stopped`);
    const third = options({ epochs: 2, resume: true });
    await runEpochs(countingLearner([1, 2]).learner, third.given);
    expect(third.lines.join()).not.toContain('note:');
  });

  it('says so where the loss decided between epochs of one top-1', async () => {
    const tied = options({ epochs: 2 });
    await runEpochs(countingLearner([2, 1]).learner, tied.given);
    expect(tied.lines.at(-1)).toContain(
      'epoch 2 are kept, whose validation top-1 is the highest, and whose loss',
    );
    const clear = options({ epochs: 2 });
    await runEpochs(countingLearner([2, 1], { top1s: [0.2, 0.3] }).learner, clear.given);
    expect(clear.lines.at(-1)).toMatch(/is the highest$/);
  });

  it('says how to resume when a signal ends it, and nothing afterwards', async () => {
    const said: string[] = [];
    const { learner } = countingLearner([1, 1], {
      fault: () => {
        said.push(...[...lastWords].map((words) => words()));
      },
    });
    await runEpochs(learner, options({ epochs: 2 }).given);
    expect(said).toEqual([
      'Stopped in the first epoch: there is no checkpoint yet.',
      expect.stringMatching(/the checkpoint of epoch 1 is kept\. .*--resume/),
    ]);
    expect(lastWords.size).toBe(0);
  });
});

// Field case 91.
test('top-3 counts the third best and not the fourth, ties in the order of the classes', () => {
  const rankOfTruth = (logits: number[], label: number) => {
    const tally = openTally();
    tally.add(Float32Array.from(logits), [label]);
    const { top1, top3 } = tally.figures();
    return [top1, top3];
  };
  expect(rankOfTruth([4, 3, 2, 1, 0], 0)).toEqual([1, 1]);
  expect(rankOfTruth([4, 3, 2, 1, 0], 2)).toEqual([0, 1]);
  expect(rankOfTruth([4, 3, 2, 1, 0], 3)).toEqual([0, 0]);
  expect(rankOfTruth([1, 1, 1, 1, 1], 2)).toEqual([0, 1]);
  expect(rankOfTruth([1, 1, 1, 1, 1], 3)).toEqual([0, 0]);
});

test('a tally is over all pictures, also where batches differ in size', () => {
  const tally = openTally();
  tally.add(Float32Array.from([0, 0, 0, 1000]), [0, 1]);
  tally.add(Float32Array.from([0, 0]), [0]);
  const { loss, top1 } = tally.figures();
  expect(loss).toBeCloseTo((2 * Math.log(2)) / 3, 6);
  expect(top1).toBe(1);
});

test('an epoch is told with its speed and the time left', () => {
  const figures = { loss: 1, top1: 1, top3: 1, validationLoss: 2, validationTop1: 0, validationTop3: 0 };
  const line = formatEpoch({ epoch: 2, seconds: 4, ...figures }, { epochs: 10, pictures: 100, left: 90 });
  expect(line).toMatch(/^epoch 2 of 10: .*; 25\.0 pictures\/s, 1 min 30 s left$/);
});
