import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Checkpoint, openCheckpoints } from '../../../training/run/checkpoint.ts';
import { checkpointKey, describeDifference } from '../../../training/run/checkpoint-key.ts';

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'pawprint-checkpoint-'));
  folder = join(parent, 'of', 'a run');
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const key = checkpointKey({ seed: 1, data: 'a'.repeat(64) });
const checkpoint = (epoch: number): Checkpoint => ({
  epoch,
  tensors: {
    'conv/kernel': { shape: [2, 2], values: Float32Array.from([1.5, -0, 1e-42, epoch]) },
    'adam/step': { shape: [], values: Float32Array.from([7]) },
    empty: { shape: [0, 3], values: new Float32Array() },
  },
  facts: { history: [{ epoch, loss: 0.1 + 0.2 }], note: 'Ünïcode' },
});

describe('a checkpoint', () => {
  it('comes back bit by bit, the last one saved', async () => {
    const checkpoints = openCheckpoints(folder, { key });
    expect(await checkpoints.load()).toBeNull();
    await checkpoints.save(checkpoint(1));
    await checkpoints.save(checkpoint(2));
    expect(await openCheckpoints(folder, { key }).load()).toEqual(checkpoint(2));
    expect(readdirSync(folder)).toEqual(['checkpoint.bin']);
  });

  it('holds views of larger buffers, as TensorFlow.js hands them out', async () => {
    const values = new Float32Array([9, 1, 2, 9]).subarray(1, 3);
    const checkpoints = openCheckpoints(folder, { key });
    await checkpoints.save({ epoch: 1, facts: {}, tensors: { a: { shape: [2], values } } });
    expect((await checkpoints.load())?.tensors.a?.values).toEqual(Float32Array.from([1, 2]));
  });

  it('is left whole by a save that is cut off', async () => {
    const checkpoints = openCheckpoints(folder, { key });
    await checkpoints.save(checkpoint(1));
    // What a kill in the middle of writing leaves.
    writeFileSync(join(folder, 'checkpoint.bin.tmp'), 'PAWCKPT1 half');
    expect(await checkpoints.load()).toEqual(checkpoint(1));
    await checkpoints.save(checkpoint(2));
    expect(await checkpoints.load()).toEqual(checkpoint(2));
  });

  it('stays the last good one when a tensor of the next one has a wrong size', async () => {
    const checkpoints = openCheckpoints(folder, { key });
    await checkpoints.save(checkpoint(1));
    const wrong = { epoch: 2, facts: {}, tensors: { a: { shape: [3], values: new Float32Array(2) } } };
    await expect(checkpoints.save(wrong)).rejects.toThrow('The tensor a of shape [3] has 2 values');
    expect(await checkpoints.load()).toEqual(checkpoint(1));
  });

  it.each([
    ['changed by one bit', (bytes: Buffer) => bytes.fill(bytes.at(-1)! ^ 1, bytes.length - 1)],
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 5)],
    ['empty', () => Buffer.alloc(0)],
    ['something else', () => Buffer.alloc(500, 'x')],
  ])('that is %s is refused, with what to do', async (_, damage) => {
    const checkpoints = openCheckpoints(folder, { key });
    await checkpoints.save(checkpoint(1));
    writeFileSync(checkpoints.path, damage(readFileSync(checkpoints.path)));
    await expect(checkpoints.load()).rejects.toThrow(/checkpoint\.bin is damaged\. Delete it/);
  });

  it('of another key counts as none, and a note says what differs', async () => {
    await openCheckpoints(folder, { key }).save(checkpoint(1));
    const notes: string[] = [];
    const other = openCheckpoints(folder, {
      key: checkpointKey({ seed: 2, data: 'a'.repeat(64) }),
      onNote: (note) => notes.push(note),
    });
    expect(await other.load()).toBeNull();
    expect(notes).toEqual([expect.stringContaining('(seed 1 there, 2 here)')]);
  });

  it('is cleared with its folder, but never with other files', async () => {
    const checkpoints = openCheckpoints(folder, { key });
    await checkpoints.clear();
    await checkpoints.save(checkpoint(1));
    await checkpoints.clear();
    expect(readdirSync(join(parent, 'of'))).toEqual([]);
    await checkpoints.save(checkpoint(1));
    writeFileSync(join(folder, 'mine'), '');
    await checkpoints.clear();
    expect(readdirSync(folder)).toEqual(['mine']);
    expect(await checkpoints.load()).toBeNull();
  });
});

describe('a key', () => {
  it('is the same in whatever order its facts come', () => {
    expect(checkpointKey({ a: 1, b: 'x' })).toBe(checkpointKey({ b: 'x', a: 1 }));
  });

  it('tells what differs, hashes by their beginning', () => {
    const there = checkpointKey({ data: '1'.repeat(64), rate: 0.1, old: true });
    const here = checkpointKey({ data: '2'.repeat(64), rate: 0.1 });
    expect(describeDifference(there, here)).toBe(
      'data 11111111… there, 22222222… here; old true there, not set here',
    );
    expect(describeDifference('free text', here)).toBe('its key differs');
  });
});
