/**
 * @module training/features/session-worker
 * A thread of the pool: one ONNX Runtime session, one request after the other.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../core/errors.ts';
import { loadSession } from '../../core/inference/session.ts';

export type Request = { pixels: Uint8Array; n: number } | 'end';
export type Reply =
  | { outputs: Record<string, Float32Array> }
  | { fault: string }
  | { height: number; width: number; outputSizes: Readonly<Record<string, number>> };

const port = parentPort!;
const reply = (message: Reply) => port.postMessage(message);

const session = await loadSession(workerData as Uint8Array, { threads: 1 });
port.on('message', async (request: Request) => {
  if (request === 'end') {
    // The thread ends by itself once the port is closed: ended from outside, native memory would be in use.
    await session.dispose();
    port.close();
    return;
  }
  try {
    reply({ outputs: await session.runAll(request.pixels, request.n) });
  } catch (error) {
    reply({ fault: messageOf(error) });
  }
});
reply({ height: session.height, width: session.width, outputSizes: session.outputSizes });
