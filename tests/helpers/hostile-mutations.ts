/**
 * @module tests/helpers/hostile-mutations
 * Sound pictures of every kind, cut off and damaged as chance has it.
 */
import { mulberry32 } from '../../training/random.ts';
import type { HostileInput } from './hostile-inputs.ts';
import { animation, pet } from './pictures.ts';

const SIZE = { width: 64, height: 48 };

/** One small picture of each kind that is read, by its name. */
export async function soundPictures(): Promise<Record<string, Buffer>> {
  const colours = [
    [200, 40, 40],
    [40, 200, 40],
    [40, 40, 200],
  ] as const;
  return {
    jpeg: await pet(SIZE).jpeg({ quality: 80 }).toBuffer(),
    'progressive jpeg': await pet(SIZE).jpeg({ progressive: true }).toBuffer(),
    'grey jpeg': await pet(SIZE).greyscale().jpeg().toBuffer(),
    'jpeg with exif': await pet(SIZE).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    png: await pet(SIZE).png().toBuffer(),
    'palette png': await pet(SIZE).png({ palette: true }).toBuffer(),
    '16-bit png': await pet(SIZE).toColourspace('rgb16').png().toBuffer(),
    'interlaced png': await pet(SIZE).png({ progressive: true }).toBuffer(),
    webp: await pet(SIZE).webp().toBuffer(),
    'lossless webp': await pet(SIZE).webp({ lossless: true }).toBuffer(),
    'animated webp': await animation(colours, SIZE, 'webp'),
    avif: await pet(SIZE).avif({ effort: 0 }).toBuffer(),
    gif: await pet(SIZE).gif().toBuffer(),
    'animated gif': await animation(colours, SIZE, 'gif'),
  };
}

/** Bytes that are left at the front; then shares of the whole; then bytes that are missing at the end. */
const CUTS = {
  front: [1, 2, 3, 4, 8, 12, 16, 20, 26, 33, 60],
  shares: [0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9],
  end: [8, 2, 1],
} as const;

/** Each sound picture, cut at a spread of places. What ends by its structure, JPEG and PNG, is never whole then. */
export async function truncations(): Promise<HostileInput[]> {
  const inputs: HostileInput[] = [];
  for (const [kind, bytes] of Object.entries(await soundPictures())) {
    const lengths = [
      ...CUTS.front,
      ...CUTS.shares.map((share) => Math.floor(share * bytes.length)),
      ...CUTS.end.map((missing) => bytes.length - missing),
    ];
    for (const length of new Set(lengths)) {
      const isSeen = /jpeg|png/.test(kind) && length >= 16;
      const status = isSeen ? { status: 422 } : {};
      // A PNG is whole from the beginning of IEND: its length and its checksum are missed by nobody.
      const isNearlyWhole = /png/.test(kind) && length > bytes.length - 5;
      inputs.push({
        name: `${kind} cut to ${length} of ${bytes.length} bytes`,
        body: bytes.subarray(0, length),
        ...(isNearlyWhole ? {} : status),
      });
    }
  }
  return inputs;
}

type Random = (below: number) => number;

/** Ways to damage bytes; each returns others. */
const DAMAGES: readonly ((bytes: Buffer, random: Random, others: readonly Buffer[]) => Buffer)[] = [
  // Bits.
  (bytes, random) => changed(bytes, random, (value) => value ^ (1 << random(8))),
  // Bytes.
  (bytes, random) => changed(bytes, random, () => random(256)),
  // Numbers at their ends.
  (bytes, random) => {
    const copy = Buffer.from(bytes);
    const value = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff][random(5)]!;
    const offset = random(Math.max(1, bytes.length - 4));
    if (offset + 4 <= copy.length) copy.writeUInt32BE(value, offset);
    return copy;
  },
  // A range is missing.
  (bytes, random) => {
    const [from, length] = [random(bytes.length), 1 + random(64)];
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + length)]);
  },
  // A range comes twice.
  (bytes, random) => {
    const [from, length] = [random(bytes.length), 1 + random(128)];
    const range = bytes.subarray(from, from + length);
    return Buffer.concat([bytes.subarray(0, from), range, bytes.subarray(from)]);
  },
  // A range of one value.
  (bytes, random) => {
    const from = random(bytes.length);
    return Buffer.from(bytes).fill(
      [0, 0xff][random(2)]!,
      from,
      Math.min(bytes.length, from + 1 + random(64)),
    );
  },
  // Something else in between.
  (bytes, random) => {
    const at = random(bytes.length);
    const noise = Buffer.from(Array.from({ length: 1 + random(32) }, () => random(256)));
    return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
  },
  // The front of one and the back of another.
  (bytes, random, others) => {
    const other = others[random(others.length)]!;
    return Buffer.concat([bytes.subarray(0, random(bytes.length)), other.subarray(random(other.length))]);
  },
];

function changed(bytes: Buffer, random: Random, change: (value: number) => number): Buffer {
  const copy = Buffer.from(bytes);
  for (let times = 1 + random(12); times > 0; times--) {
    const at = random(copy.length);
    copy[at] = change(copy[at]!);
  }
  return copy;
}

/** So many damaged pictures; `seed` decides which. Half of the damage is near the front, where the headers are. */
export async function mutations({ count, seed }: { count: number; seed: number }): Promise<HostileInput[]> {
  const next = mulberry32(seed);
  const random: Random = (below) => Math.floor(next() * below);
  const sound = Object.entries(await soundPictures());
  const all = sound.map(([, bytes]) => bytes);
  return Array.from({ length: count }, (_, index) => {
    const [kind, bytes] = sound[index % sound.length]!;
    const front = random(2) === 0 ? Math.min(bytes.length, 200) : bytes.length;
    const damage = random(DAMAGES.length);
    const body = Buffer.concat([
      DAMAGES[damage]!(bytes.subarray(0, front), random, all),
      bytes.subarray(front),
    ]);
    return { name: `mutation ${index} of seed ${seed}: ${kind}, damage ${damage}`, body };
  });
}
