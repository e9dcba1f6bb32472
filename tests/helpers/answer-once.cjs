/**
 * Decodes one photograph and asks one model about it, by the packages beside a deployed entry, and prints the
 * logits as JSON and which native libraries did it. Plain JavaScript, since Node.js 20 runs it too.
 *
 *     node answer-once.cjs FOLDER MODEL.onnx PHOTO SIDE
 */
'use strict';
const { createRequire } = require('node:module');
const { join } = require('node:path');

const [folder, model, photo, side] = process.argv.slice(2);

async function answer() {
  const require = createRequire(join(folder, 'dist', 'main.cjs'));
  const sharp = require('sharp');
  const { InferenceSession, Tensor } = require('onnxruntime-node');
  const pixels = await sharp(photo).resize(+side, +side, { fit: 'fill' }).removeAlpha().raw().toBuffer();
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const { logits } = await session.run({ pixels: new Tensor('uint8', pixels, [1, +side, +side, 3]) });
  await session.release();
  const libraries = process.report.getReport().sharedObjects.filter((path) => /sharp|vips|onnx/.test(path));
  console.log(JSON.stringify({ logits: [...logits.data], libraries }));
}
answer();
