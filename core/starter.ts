/**
 * @module core/starter
 * The model that comes with Pawprint, so that `npm start` answers before anybody has trained. It never stands in the
 * way of a user's own first model.
 */

/**
 * Every version that `starter/model` ever was. A version's name holds the hash of its content, and convert checks it:
 * no other model comes by one of these names by accident, and nothing has to be said when the starter is pushed, which
 * goes the way of every other version. One that was replaced stays listed: it may be in production somewhere.
 */
const STARTER_VERSIONS: readonly string[] = [
  '20261125T083516Z-f98d3c55',
  '20261125T121117Z-e420df39',
  '20261130T161552Z-26af6ea0',
  '20261130T222504Z-a6e14bde',
];

/** Whether `version` is a model that came with Pawprint. */
export function isStarter(version: string): boolean {
  return STARTER_VERSIONS.includes(version);
}
