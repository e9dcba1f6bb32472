/**
 * @module scripts/bench-load/load
 * Kinds of load: clients that wait for their answer, and requests that come whether or not there is room.
 */
import type { Answered } from './client.ts';

export type Ask = () => Promise<Answered>;

/**
 * So many clients, each of which asks again when it has its answer, for so many seconds. Polite ones first wait as long as
 * a refusal's Retry-After says.
 */
export async function inTurn(
  ask: Ask,
  { clients = 1, seconds, isPolite = false }: { clients?: number; seconds: number; isPolite?: boolean },
): Promise<Answered[]> {
  const answers: Answered[] = [];
  const latest = performance.now() + seconds * 1000;
  const client = async () => {
    while (performance.now() < latest) {
      const answer = await ask();
      answers.push(answer);
      const pauseMs = isPolite ? Number(answer.retryAfter ?? 0) * 1000 : 0;
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return answers;
}

/** So many requests a second, evenly, for so many seconds. Resolves when each has its answer. */
export async function atRate(
  ask: Ask,
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<Answered[]> {
  const answers: Promise<Answered>[] = [];
  const start = performance.now();
  const total = Math.round(perSecond * seconds);
  while (answers.length < total) {
    const due = Math.min(total, Math.floor(((performance.now() - start) / 1000) * perSecond) + 1);
    while (answers.length < due) answers.push(ask());
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return Promise.all(answers);
}

/** Asks at intervals until what it returns is called, which gives the answers. */
export function every(milliseconds: number, ask: Ask): () => Promise<Answered[]> {
  const answers: Promise<Answered>[] = [];
  const timer = setInterval(() => answers.push(ask()), milliseconds);
  return () => {
    clearInterval(timer);
    return Promise.all(answers);
  };
}
