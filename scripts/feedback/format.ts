/**
 * @module scripts/feedback/format
 * Feedback as lines for people.
 */
import type { FeedbackRecord } from '../../core/feedback/record.ts';
import { formatTable } from '../models/table.ts';
import { nameOfState } from './command-line.ts';

export function formatFeedback(feedback: readonly FeedbackRecord[], damaged: readonly string[]): string[] {
  const notes = damaged.map((path) => `feedback/${path} can't be read, and is left out.`);
  if (feedback.length === 0) return ['There is none.', ...notes];
  const rows = feedback.map(({ id, at, label, picture, state, review }) => [
    id,
    at.slice(0, 16).replace('T', ' '),
    label,
    picture === null ? '-' : `${picture.width} x ${picture.height}`,
    nameOfState(state),
    review?.breed ?? '-',
  ]);
  return [...formatTable([['id', 'at (UTC)', 'said', 'picture', 'state', 'as'], ...rows]), ...notes];
}

export function formatOne({
  id,
  at,
  label,
  requestId,
  version,
  picture,
  state,
  review,
}: FeedbackRecord): string[] {
  return [
    `${id}  ${nameOfState(state)}`,
    `said      ${label}, ${at}`,
    `request   ${requestId}${version === null ? '' : ` to ${version}`}`,
    `picture   ${picture === null ? 'none' : `${picture.width} x ${picture.height}, ${picture.bytes} bytes`}`,
    ...(review === undefined
      ? []
      : [
          `review    ${review.by}, ${review.at}${review.breed === null ? '' : `, as ${review.breed}`}${review.reason === null ? '' : `: ${review.reason}`}`,
        ]),
  ];
}

/** What a review did to one piece. */
export function formatReviewed({ id, state, review }: FeedbackRecord): string {
  return state === 'accepted' ? `${id} is accepted as ${review?.breed}.` : `${id} is ${nameOfState(state)}.`;
}
