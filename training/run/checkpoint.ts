/**
 * @module training/run/checkpoint
 * Where a run stands after an epoch, on disk, so that a run that was killed goes on from there.
 *
 * One file: 8 bytes of magic, 32 bytes of SHA-256 over all that follows, 4 bytes of length, a header in JSON, then
 * the numbers of all tensors as float32 (little endian), in the order of the header.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidModelError } from '../../core/errors.ts';
import { describeDifference } from './checkpoint-key.ts';

export interface Checkpoint {
  /** Whole epochs that were done. */
  epoch: number;
  tensors: Record<string, { shape: number[]; values: Float32Array }>;
  /** Anything else that JSON holds. */
  facts: Record<string, unknown>;
}

export interface Checkpoints {
  /** The path of the file. */
  path: string;
  /**
   * The last checkpoint, or null where there is none or it belongs to another key (`onNote` is told what differs).
   * Throws {@link InvalidModelError} for a file that is damaged.
   */
  load(): Promise<Checkpoint | null>;
  /** Replaces the last checkpoint. Ended in the middle, at any point, it leaves the last one whole. */
  save(checkpoint: Checkpoint): Promise<void>;
  /** Takes the checkpoint away, and its folder when that is empty then. */
  clear(): Promise<void>;
}

interface Header extends Omit<Checkpoint, 'tensors'> {
  key: string;
  tensors: { name: string; shape: number[] }[];
}

const MAGIC = Buffer.from('PAWCKPT1', 'latin1');
const HASH_AT = MAGIC.length;
const BODY_AT = HASH_AT + 32;

/**
 * The checkpoint in `folder`, which is made when it is needed. `key` says by what the run is decided (see
 * `checkpointKey`): only a checkpoint of the very same key is gone on from.
 */
export function openCheckpoints(
  folder: string,
  { key, onNote = () => {} }: { key: string; onNote?: (note: string) => void },
): Checkpoints {
  const path = join(folder, 'checkpoint.bin');
  const temporary = `${path}.tmp`;
  return {
    path,
    async load() {
      const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      });
      if (bytes === null) return null;
      const { header, checkpoint } = decode(bytes, path);
      if (header.key === key) return checkpoint;
      onNote(
        `the checkpoint ${path} is of another run (${describeDifference(header.key, key)}): this one starts afresh`,
      );
      return null;
    },
    async save(checkpoint) {
      await mkdir(folder, { recursive: true });
      const file = await open(temporary, 'w');
      try {
        for (const block of encode(checkpoint, key)) await file.writeFile(block);
        // Without this a power cut can leave the new name on an empty file.
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    },
    async clear() {
      await rm(path, { force: true });
      await rm(temporary, { force: true });
      const left = await readdir(folder).catch(() => ['']);
      if (left.length === 0) await rmdir(folder);
    },
  };
}

function encode({ epoch, tensors, facts }: Checkpoint, key: string): Uint8Array[] {
  const entries = Object.entries(tensors);
  const header: Header = {
    key,
    epoch,
    facts,
    tensors: entries.map(([name, { shape }]) => ({ name, shape })),
  };
  const headerBytes = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(headerBytes.length);
  const blocks = entries.map(([name, { shape, values }]) => {
    if (values.length !== sizeOf(shape))
      throw new Error(`The tensor ${name} of shape [${shape}] has ${values.length} values.`);
    return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  });
  const body = [length, headerBytes, ...blocks];
  const hash = createHash('sha256');
  for (const block of body) hash.update(block);
  return [MAGIC, hash.digest(), ...body];
}

function decode(bytes: Buffer, path: string): { header: Header; checkpoint: Checkpoint } {
  const damaged = () =>
    new InvalidModelError(
      `The checkpoint ${path} is damaged. Delete it and start again without --resume, which begins at the first epoch.`,
    );
  const body = bytes.subarray(BODY_AT);
  const isWhole =
    bytes.length > BODY_AT + 4 &&
    bytes.subarray(0, HASH_AT).equals(MAGIC) &&
    bytes.subarray(HASH_AT, BODY_AT).equals(createHash('sha256').update(body).digest());
  if (!isWhole) throw damaged();
  const start = 4 + body.readUInt32LE(0);
  const header = JSON.parse(body.toString('utf8', 4, start)) as Header;
  let offset = start;
  const tensors: Checkpoint['tensors'] = {};
  for (const { name, shape } of header.tensors) {
    const end = offset + 4 * sizeOf(shape);
    // Copied: a view needs an offset that four divides.
    tensors[name] = { shape, values: new Float32Array(new Uint8Array(body.subarray(offset, end)).buffer) };
    offset = end;
  }
  return { header, checkpoint: { epoch: header.epoch, facts: header.facts, tensors } };
}

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
