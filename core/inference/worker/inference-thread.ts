/**
 * @module core/inference/worker/inference-thread
 * A thread with one ONNX Runtime session: one request after the other. Started by a lane, by the name of this file;
 * the build bundles it to a file of its own.
 */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { InvalidModelError, messageOf } from '../../errors.ts';
import { loadSession, type Session } from '../session.ts';
import { guardNative } from './native.ts';
import type { Reply, Request, ThreadData } from './protocol.ts';

/** A third of the event loop's share. */
const NICE = 5;

const port = parentPort!;
const { onnx, threads, phase } = workerData as ThreadData;
const native = guardNative(phase);
const reply = (message: Reply) => port.postMessage(message);

/**
 * Lets the event loop go first where there are more threads than processors: it refuses what is too much, and says that
 * the process is alive. On Linux a thread has a priority of its own; elsewhere this would be the whole process's.
 */
function stepBack(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(NICE);
  } catch {
    // The process was started with less already.
  }
}

function replyFault(error: unknown): void {
  reply({ fault: messageOf(error), isInvalidModel: error instanceof InvalidModelError });
}

async function open(): Promise<Session> {
  // A copy for the time of loading: the binding takes no shared memory.
  const session = await loadSession(new Uint8Array(onnx).slice(), { threads });
  // The first run takes longer than the others; no photograph should be it.
  await session.runAll(new Uint8Array(session.height * session.width * 3));
  return session;
}

async function main(): Promise<void> {
  stepBack();
  const session = await native(open).catch((error: unknown) => {
    replyFault(error);
    return undefined;
  });
  if (session === undefined) return port.close();
  port.on('message', async (request: Request) => {
    try {
      if (request !== 'end') {
        const { pixels, n } = request;
        return reply({ outputs: await native(() => session.runAll(pixels, n)) });
      }
      await native(() => session.dispose());
      // The thread ends by itself, with nothing left that listens.
      port.close();
    } catch (error) {
      replyFault(error);
    }
  });
  const { height, width, outputSizes } = session;
  reply({ opened: { height, width, outputSizes } });
}

void main();
