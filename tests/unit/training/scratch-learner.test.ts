import { sha256 } from '../../../core/hash.ts';
import type { ModelInput } from '../../../core/manifest.ts';
import { type Engine, loadEngine } from '../../../training/engine.ts';
import { fitUnknownThreshold } from '../../../training/evaluate/class-means.ts';
import { quickSource } from '../../../training/scratch/initial-weights.ts';
import { batchesOf, openLearner } from '../../../training/scratch/learner.ts';
import { scratchNetwork } from '../../../training/scratch/network.ts';
import { augmentPixels, type Example, scalePixels } from '../../../training/scratch/pixels.ts';
import { separateValidation } from '../../../training/scratch/train-scratch.ts';
import { ROOT } from '../../helpers/processes.ts';

// Small: under Jest, plain JavaScript's convolutions take ten times as long as they do elsewhere.
const SIDE = 8;
const input: ModelInput = {
  width: SIDE,
  height: SIDE,
  resize: { fit: 'cover', kernel: 'lanczos3', background: [255, 255, 255] },
  scaling: { mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] },
};

/** Noise in which the channel of the label is lighter. */
function examples(n: number, classes = 3): Example[] {
  return Array.from({ length: n }, (_, i) => {
    const random = quickSource(`example ${i}`);
    const label = i % classes;
    const pixels = Uint8Array.from(
      { length: SIDE * SIDE * 3 },
      (_, at) => (at % 3 === label ? 200 : 50) + 50 * random(),
    );
    return { path: `${i}.jpg`, sha256: sha256(pixels), label, pixels };
  });
}

let engine: Engine;
beforeAll(async () => {
  engine = await loadEngine('cpu', { root: ROOT });
});

const network = scratchNetwork({ size: SIDE, filters: [3, 3, 3], dense: [8], seed: 1 });
function open(given: Partial<Parameters<typeof openLearner>[2]> = {}) {
  const all = examples(36);
  return openLearner(engine.tf, network, {
    input,
    classes: 3,
    training: all.slice(0, 24),
    validation: all.slice(24),
    classWeights: Float32Array.from([1, 1, 1]),
    seed: 1,
    batchSize: 16,
    learningRate: 0.03,
    labelSmoothing: 0,
    augment: false,
    ...given,
  });
}

describe('a network from scratch', () => {
  it('learns, and holds no more tensors from epoch to epoch', async () => {
    const before = engine.tf.memory().numTensors;
    const learner = await open();
    const untrained = await learner.validate();
    // About a guess's.
    expect(untrained.loss).toBeGreaterThan(0.5);
    const counts: number[] = [];
    for (let epoch = 1; epoch <= 6; epoch++) {
      await learner.trainEpoch(epoch, () => {});
      await learner.validate();
      learner.state();
      counts.push(engine.tf.memory().numTensors);
    }
    expect(new Set(counts).size).toBe(1);
    expect(await learner.validate()).toMatchObject({ top1: 1, top3: 1 });
    learner.dispose();
    expect(engine.tf.memory().numTensors).toBe(before);
  });

  it.each([{ augment: false }, { augment: true, labelSmoothing: 0.1 }])(
    'goes on bit by bit as it would have from a state that was put away, %j',
    async (given) => {
      const through = await open(given);
      await through.trainEpoch(1, () => {});
      const state = through.state();
      const figures = await through.trainEpoch(2, () => {});

      const resumed = await open(given);
      resumed.restore(state);
      expect(await resumed.trainEpoch(2, () => {})).toEqual(figures);
      expect(resumed.state()).toEqual(through.state());
      // So the test can fail: without Adam's moments the next epoch is another one.
      const forgetful = await open(given);
      const zeros = Object.entries(state).map(([name, { shape, values }]) => [
        name,
        { shape, values: name.startsWith('adam/') ? values.map(() => 0) : values },
      ]);
      forgetful.restore(Object.fromEntries(zeros));
      expect(await forgetful.trainEpoch(2, () => {})).not.toEqual(figures);
      for (const learner of [through, resumed, forgetful]) learner.dispose();
    },
  );

  it('weighs classes: those of weight 0 are not learned', async () => {
    const learner = await open({ classWeights: Float32Array.from([1, 1, 1e-6]) });
    for (let epoch = 1; epoch <= 6; epoch++) await learner.trainEpoch(epoch, () => {});
    expect((await learner.validate()).top1).toBeCloseTo(2 / 3, 5);
    learner.dispose();
  });

  // Field case 90.
  it('stops at the step at which the loss is no number', async () => {
    const learner = await open({ learningRate: 1e6 });
    await expect(
      (async () => {
        for (let epoch = 1; epoch <= 3; epoch++) await learner.trainEpoch(epoch, () => {});
      })(),
    ).rejects.toThrow(/^step \d: the loss is .*--learning-rate is 1000000/);
    learner.dispose();
  });

  it('refuses a label that is no class before the first step', async () => {
    const wrong = examples(20).map((example) => ({ ...example, label: example.label + 1 }));
    await expect(open({ training: wrong })).rejects.toThrow('has the label 3; labels go from 0 to 2');
  });

  // Field case 88.
  it('refuses a picture that trains and validates', async () => {
    const all = examples(30);
    await expect(open({ training: all, validation: all.slice(3, 6) })).rejects.toThrow(
      '3.jpg is in the training part and in the validation part',
    );
  });
});

describe('the order of an epoch', () => {
  const pictures = Array.from({ length: 200 }, (_, i) => ({
    path: `${i}`,
    sha256: sha256(`${i}`),
    label: i % 7,
  }));
  const parts = () => separateValidation(pictures, { classes: 7, folds: 5, seed: 3 });
  const hashes = (items: readonly { sha256: string }[]) => new Set(items.map((item) => item.sha256));

  // Field case 88.
  it('never has a picture of the validation part, in any epoch, and after a resume', () => {
    const { training, validation } = parts();
    expect(validation.length).toBe(40);
    expect(training.length + validation.length).toBe(200);
    for (const epoch of [1, 2, 3, 50]) {
      // A resumed run separates anew, and meets its first epoch in the middle.
      const again = parts();
      expect(hashes(again.validation)).toEqual(hashes(validation));
      const met = batchesOf(again.training, { epoch, seed: 3, batchSize: 32 }).flat();
      expect(hashes(met)).toEqual(hashes(training));
      const both = met.filter((picture) => hashes(validation).has(picture.sha256));
      expect(both).toEqual([]);
    }
  });

  it('is decided by the seed and the epoch, whatever order the pictures come in', () => {
    const batches = (items: typeof pictures, epoch: number, seed = 1) =>
      batchesOf(items, { epoch, seed, batchSize: 32 });
    expect(batches(pictures.toReversed(), 1)).toEqual(batches(pictures, 1));
    expect(batches(pictures, 2)).not.toEqual(batches(pictures, 1));
    expect(batches(pictures, 1, 2)).not.toEqual(batches(pictures, 1));
    expect(batches(pictures, 1).map(({ length }) => length)).toEqual([32, 32, 32, 32, 32, 32, 8]);
  });

  it('spares the only picture of a class', () => {
    const few = ['a', 'b', 'c', 'd'].map((name, label) => ({ path: name, sha256: sha256(name), label }));
    const { training, validation } = separateValidation(few, { classes: 4, folds: 2, seed: 1 });
    expect([training.length, validation.length]).toEqual([4, 0]);
  });
});

test('the threshold for unknown pictures comes from those that were not trained on', () => {
  const rows = { n: 6, length: 2, values: Float32Array.from([1, 0, 0, 1, 1, 0, 0, 1, 1, 0.5, 0.5, 1]) };
  const labels = Int32Array.from([0, 1, 0, 1, 0, 1]);
  const options = { labels, classes: 2, folds: Int32Array.from([-1, -1, -1, -1, 0, 0]) };
  expect(fitUnknownThreshold(rows, options)).toBeCloseTo(1 / Math.hypot(1, 0.5), 5);
});

describe('pixels', () => {
  it('become (pixel - mean) / std, channel by channel', () => {
    const scaling: ModelInput['scaling'] = { mean: [0, 10, 127.5], std: [1, 2, 127.5] };
    const numbers = scalePixels([Uint8Array.from([3, 20, 255]), Uint8Array.from([4, 10, 0])], {
      ...input,
      scaling,
    });
    expect([...numbers]).toEqual([3, 5, 1, 4, 0, -1]);
  });

  it('are augmented as the key decides: mirrored, moved, lit', () => {
    const [example] = examples(1);
    const before = Uint8Array.from(example!.pixels);
    const variants = Array.from({ length: 20 }, (_, i) => augmentPixels(example!.pixels, input, `${i}`));
    expect(augmentPixels(example!.pixels, input, '7')).toEqual(variants[7]);
    expect(new Set(variants.map((pixels) => sha256(pixels))).size).toBe(20);
    expect(example!.pixels).toEqual(before);
  });
});
