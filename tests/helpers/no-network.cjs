/** Preloaded (`--require`): whoever reaches for the network ends the process with code 77 and is named. */
'use strict';
const dns = require('node:dns');
const { Socket } = require('node:net');

function refuse(what) {
  process.stderr.write(`reached for the network: ${JSON.stringify(what)}\n`);
  process.exit(77);
}
Socket.prototype.connect = (...args) => refuse(args[0]);
for (const name of ['lookup', 'resolve', 'resolve4', 'resolve6']) dns[name] = (host) => refuse(host);
globalThis.fetch = (url) => refuse(String(url));
