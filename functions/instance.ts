/**
 * @module functions/instance
 * What this process calls itself in what it writes and tells. Made here, so that no two ever share it: instances of Azure
 * may have several processes.
 */
import { randomUUID } from 'node:crypto';

export const INSTANCE = randomUUID();
