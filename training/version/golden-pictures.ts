/**
 * @module training/version/golden-pictures
 * The pictures by which a conversion is proven: photographs, or drawings where no photograph may be given away.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readPhotograph } from '../../core/image/read.ts';
import type { ModelInput } from '../../core/manifest.ts';
import type { Picture } from '../data/data-set.ts';
import type { Split } from '../data/split.ts';
import { randomSource, shuffleBy } from '../random.ts';

/** The golden pictures that the settings ask for. */
export async function readGoldenPictures(
  split: Split,
  {
    golden,
    goldenCount: n,
    seed,
    root,
    input,
  }: { golden: string; goldenCount: number; seed: number; root: string; input: ModelInput },
): Promise<{ n: number; pixels: Uint8Array }> {
  const pixels =
    golden === 'drawn'
      ? drawGoldenPictures({ n, input, seed })
      : await readGoldenPhotographs(split, { n, root, input, seed });
  return { n, pixels };
}

/** Pixels of `n` photographs, n·height·width·3: of the part held back, and of the other when that has too few. */
async function readGoldenPhotographs(
  { training, evaluation }: Split,
  { n, root, input, seed }: { n: number; root: string; input: ModelInput; seed: number },
): Promise<Uint8Array> {
  const inOrder = (pictures: readonly Picture[]) =>
    shuffleBy(pictures, `golden:${seed}`, ({ sha256 }) => sha256);
  const available = [...inOrder(evaluation), ...inOrder(training)];
  // A set smaller than n is gone through again.
  const chosen = Array.from({ length: n }, (_, i) => available[i % available.length]!);
  const pixels: Uint8Array[] = [];
  for (const { path } of chosen) {
    pixels.push((await readPhotograph(await readFile(join(root, path)), { input })).pixels);
  }
  return Buffer.concat(pixels);
}

/**
 * Pixels of `n` drawings, n·height·width·3: a sky of two colours, a striped ground, blobs and noise. They look
 * like nothing, but reach all parts of the range, edges of every direction and fine and coarse texture.
 */
export function drawGoldenPictures({
  n,
  input,
  seed,
}: {
  n: number;
  input: ModelInput;
  seed: number;
}): Uint8Array {
  const { width, height } = input;
  const pixels = new Uint8Array(n * width * height * 3);
  for (let i = 0; i < n; i++) {
    const random = randomSource(`drawing:${seed}:${i}`);
    const colour = () =>
      [random(), random(), random()].map((value) => 255 * value) as [number, number, number];
    const [top, bottom, stripe] = [colour(), colour(), colour()];
    const [angle, period, ground, grain] = [
      Math.PI * random(),
      2 + 30 * random(),
      0.3 + 0.6 * random(),
      60 * random(),
    ];
    const blobs = Array.from({ length: 3 + Math.floor(6 * random()) }, () => ({
      x: random(),
      y: random(),
      radius: 0.03 + 0.3 * random() ** 2,
      colour: colour(),
    }));
    const noise = noiseSource(Math.floor(random() * 2 ** 32));
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [across, down] = [x / width, y / height];
        const blob = blobs.find((b) => (across - b.x) ** 2 + (down - b.y) ** 2 < b.radius ** 2);
        const wave = Math.sin((2 * Math.PI * (x * Math.cos(angle) + y * Math.sin(angle))) / period);
        for (let c = 0; c < 3; c++) {
          const sky = top[c]! + (bottom[c]! - top[c]!) * down;
          const plain = blob ? blob.colour[c]! : down > ground && wave > 0 ? stripe[c]! : sky;
          const value = plain + grain * (noise() - 0.5);
          pixels[((i * height + y) * width + x) * 3 + c] = Math.max(0, Math.min(255, Math.round(value)));
        }
      }
    }
  }
  return pixels;
}

/** Numbers from 0 to 1 by a linear congruence (Numerical Recipes): quick, and good enough for grain. */
function noiseSource(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
