/**
 * @module scripts/bench
 * Times what a request is made of, on the starter's model. Machines differ and are noisy, so everything is told
 * as a ratio to float32 inference in the same run: medians over interleaved rounds.
 *
 *     npm run bench
 */
import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { decodeGolden } from '../core/golden.ts';
import { readPhotograph } from '../core/image/read.ts';
import { loadSession } from '../core/inference/session.ts';
import { convertFiles } from '../core/lifecycle/convert-version.ts';
import { FILE, parseManifest } from '../core/manifest.ts';
import { peakMegabytes } from '../training/summary.ts';
import { ROOT } from './paths.ts';

const ROUNDS = 40;
const WARM_UP = 5;
/** What int8 may take of float32's time, or it isn't worth its loss. */
const INT8_GOAL = 0.6;

const folder = join(ROOT, 'starter', 'model');
const manifest = parseManifest(readFileSync(join(folder, FILE.manifest)));
const files = new Map(manifest.files.map(({ path }) => [path, readFileSync(join(folder, path))]));
const golden = decodeGolden(files.get(FILE.golden)!, manifest);
const { width, height } = manifest.input;
const pixels = golden.pixels.subarray(0, width * height * 3);

const converting = performance.now();
const onnx = convertFiles(manifest, files);
const convertMs = performance.now() - converting;
const [float32, int8] = [await loadSession(onnx.float32), await loadSession(onnx.int8)];
// The golden picture made larger, as phones send it: 12 and 3 megapixels.
const jpegs = await Promise.all([enlarged(4000, 3000), enlarged(2000, 1500), enlarged(1024, 768)]);

const steps: Record<string, () => Promise<unknown>> = {
  'inference, float32': () => float32.run(pixels),
  'inference, int8': () => int8.run(pixels),
  'decode, 12 megapixels': () => readPhotograph(jpegs[0], manifest),
  'decode, 3 megapixels': () => readPhotograph(jpegs[1], manifest),
  'decode, 1024 x 768': () => readPhotograph(jpegs[2], manifest),
};
const times = await measure(steps);
const unit = median(times.get('inference, float32')!);
console.log(`medians of ${ROUNDS} interleaved rounds; float32 inference took ${unit.toFixed(1)} ms\n`);
for (const [name, milliseconds] of times) {
  const ratio = median(milliseconds) / unit;
  console.log(`${name.padEnd(24)} ${ratio.toFixed(2).padStart(6)}`);
}
console.log(`${'conversion, both files'.padEnd(24)} ${(convertMs / unit).toFixed(0).padStart(6)}`);
const share = median(times.get('inference, int8')!) / unit;
console.log(
  `\nint8 takes ${share.toFixed(2)} of float32's time; the goal is at most ${INT8_GOAL.toFixed(2)}`,
);
console.log(
  `${availableParallelism()} processors, load average ${loadavg()[0]!.toFixed(1)} in the last minute`,
);
console.log(`peak memory ${peakMegabytes()} MB`);
await Promise.all([float32.dispose(), int8.dispose()]);

async function enlarged(toWidth: number, toHeight: number): Promise<Buffer> {
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .resize(toWidth, toHeight, { fit: 'fill' })
    .jpeg({ quality: 90 })
    .toBuffer();
}

/** Every step once in each round, so that a machine that slows down slows all of them. */
async function measure(all: typeof steps): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>(Object.keys(all).map((name) => [name, []]));
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const [name, step] of Object.entries(all)) {
      const start = performance.now();
      await step();
      if (round >= 0) found.get(name)!.push(performance.now() - start);
    }
  }
  return found;
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
