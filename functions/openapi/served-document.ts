/**
 * @module functions/openapi/served-document
 * The document of this process, made at first use: at load it would be time of the app's start.
 */
import { asksForToken, classifyAuthLevel } from '../settings.ts';
import { makeDocument, type OpenApiDocument } from './document.ts';
import { allOperations } from './operations.ts';

/**
 * Of the contract, not of the code: the first number grows with what breaks a client (the second while the first
 * is 0), the second with what a client may use, the third with words.
 */
const CONTRACT_VERSION = '0.1.0';

let made: OpenApiDocument | undefined;

export function servedDocument(): OpenApiDocument {
  made ??= makeDocument(allOperations({ classifyLevel: asksForToken ? 'token' : classifyAuthLevel }), {
    version: CONTRACT_VERSION,
  });
  return made;
}
