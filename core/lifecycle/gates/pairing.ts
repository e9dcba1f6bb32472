/**
 * @module core/lifecycle/gates/pairing
 * Which pictures two versions are compared on.
 */
import type { EvaluatedPicture, Evaluation } from '../../evaluation.ts';

export interface Pair {
  candidate: EvaluatedPicture;
  production: EvaluatedPicture;
}

export interface Pairing {
  pairs: Pair[];
  /** Whether both versions held back the very same pictures. */
  isSameSet: boolean;
}

/**
 * The pictures that both held back, so that neither has learned from them, under the same label: one that was given
 * another label since is another question. A picture that one holds twice under one label counts once.
 */
export function pairPictures(candidate: Evaluation, production: Evaluation): Pairing {
  const [ours, theirs] = [byKey(candidate), byKey(production)];
  const pairs = [...ours].flatMap(([key, picture]) => {
    const other = theirs.get(key);
    return other === undefined ? [] : [{ candidate: picture, production: other }];
  });
  return { pairs, isSameSet: pairs.length === ours.size && pairs.length === theirs.size };
}

function byKey({ pictures }: Evaluation): Map<string, EvaluatedPicture> {
  return new Map(pictures.map((picture) => [`${picture.sha256} ${picture.label}`, picture]));
}
