/**
 * @module training/features/session-worker
 * A thread of the pool: one ONNX Runtime session, one request after the other.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../core/errors.ts';
import { loadSession } from '../../core/inference/session.ts';
import { guardNative } from '../../core/inference/worker/native.ts';

/** `phase` is that of {@link guardNative}. */
export interface ThreadData {
  onnx: Uint8Array;
  phase: SharedArrayBuffer;
}
export type Request = { pixels: Uint8Array; n: number } | 'end';
export type Reply =
  | { outputs: Record<string, Float32Array> }
  | { fault: string }
  | { height: number; width: number; outputSizes: Readonly<Record<string, number>> };

const port = parentPort!;
const reply = (message: Reply) => port.postMessage(message);
const { onnx, phase } = workerData as ThreadData;
const native = guardNative(phase);

const session = await native(() => loadSession(onnx, { threads: 1 }));
port.on('message', async (request: Request) => {
  if (request === 'end') {
    // The thread ends by itself once the port is closed: ended from outside, native memory would be in use.
    await native(() => session.dispose());
    port.close();
    return;
  }
  try {
    reply({ outputs: await native(() => session.runAll(request.pixels, request.n)) });
  } catch (error) {
    reply({ fault: messageOf(error) });
  }
});
reply({ height: session.height, width: session.width, outputSizes: session.outputSizes });
