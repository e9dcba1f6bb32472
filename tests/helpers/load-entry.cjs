/**
 * Loads a function app as the host's worker does, under a stub of the core module, and prints as JSON what it
 * registered and what it loaded by that. Plain JavaScript, since Node.js 20 runs it too.
 *
 *     node load-entry.cjs FOLDER          the folder of package.json
 */
'use strict';
const Module = require('node:module');
const { join } = require('node:path');

const folder = process.argv[2];
const functions = [];
const hooks = [];
const requested = new Set();
const core = {
  version: '3.11.0',
  hostVersion: '4.1037.0',
  Disposable: class {
    dispose() {}
  },
  registerFunction(metadata) {
    functions.push({ name: metadata.name, bindings: Object.values(metadata.bindings) });
    return new core.Disposable();
  },
  registerHook(name) {
    hooks.push(name);
    return new core.Disposable();
  },
  setProgrammingModel() {},
  getProgrammingModel() {},
  log() {},
};
const load = Module._load;
Module._load = function (request, ...rest) {
  if (request === '@azure/functions-core') return core;
  requested.add(request);
  return load.call(this, request, ...rest);
};

const entry = join(folder, require(join(folder, 'package.json')).main);
const started = performance.now();
require(entry);
const milliseconds = performance.now() - started;
const packages = [...requested].filter(
  (name) => !Module.isBuiltin(name) && name !== entry && !/package\.json$/.test(name),
);
const libraries = process.report
  .getReport()
  .sharedObjects.filter((path) => /sharp|vips|onnx|\.node$/.test(path));
console.log(JSON.stringify({ node: process.version, milliseconds, functions, hooks, packages, libraries }));
