/**
 * @module clients/typescript
 * The client of a Pawprint service: copy this folder into an app. docs/clients.md shows it at work.
 */
export { type CallOptions, type ClassifyOptions, type ClientOptions, PawprintClient } from './client.ts';
export { PawprintClientError, RefusedError, TimeoutError, UnreachableError } from './errors.ts';
export type { FileReference, NamedPicture, Picture } from './picture.ts';
export { type Shrink, shrinkByCanvas } from './shrink.ts';
export type { Token } from './transport.ts';
export * from './types.ts';
