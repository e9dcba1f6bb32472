/** Preloaded (`--require`): this process, and npm below it, take the machine for a Mac with an M processor. */
'use strict';
Object.defineProperty(process, 'platform', { value: 'darwin' });
Object.defineProperty(process, 'arch', { value: 'arm64' });
