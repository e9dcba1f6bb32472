/**
 * @module scripts/classify/row
 * What becomes of each photograph: an answer, or the reason why there is none.
 */
import type { PictureAnswer } from '../../clients/typescript/index.ts';

export interface Row {
  name: string;
  result: { answer: PictureAnswer; version: string } | { fault: string };
  /** A small JPEG, where one was asked for and could be made. */
  thumbnail?: Buffer | undefined;
}

/** What people should know before they believe an answer; empty where there is nothing. */
export function remarkOn({ result }: Row): string {
  if ('fault' in result) return result.fault;
  const { reason } = result.answer;
  if (reason === 'unknown') return 'unsure: probably none of the breeds';
  return reason === 'ambiguous' ? 'unsure: no breed stands out' : '';
}
