/**
 * @module tests/helpers/run-session
 * Loads an ONNX file as the app does, answers for a grey picture, and prints as JSON the options that ONNX
 * Runtime got and the logits.
 *
 *     node run-session.ts MODEL.onnx
 */
import { readFileSync } from 'node:fs';
import { InferenceSession } from 'onnxruntime-node';
import { loadSession } from '../../core/inference/session.ts';

let options: InferenceSession.SessionOptions | undefined;
const create = InferenceSession.create.bind(InferenceSession) as (
  ...args: unknown[]
) => Promise<InferenceSession>;
InferenceSession.create = async (...args: unknown[]) => {
  options = args.at(-1) as InferenceSession.SessionOptions;
  return create(...args);
};

const session = await loadSession(readFileSync(process.argv[2]!));
const pixels = new Uint8Array(session.height * session.width * 3).fill(128);
const { logits } = await session.run(pixels);
await session.dispose();
console.log(JSON.stringify({ options, logits: [...logits] }));
