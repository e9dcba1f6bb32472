/**
 * @module scripts/package/package-error
 * The error of packaging that is meant to be shown: what is wrong, and the next step to take.
 */
export class PackageError extends Error {}
