/**
 * The order of test files. What takes long begins first: begun last, it runs alone in the end, while the other worker
 * waits. `npm test` ends with the files that took longest; Jest's own order goes by what it noted of earlier runs, which a
 * new clone hasn't.
 */
const { relative } = require('node:path');
const Sequencer = require('@jest/test-sequencer').default;

const LONGEST = [
  'integration/faults',
  'e2e/start',
  'integration/kills',
  'integration/entrypoint',
  'integration/hostile',
  'infra/templates',
  'integration/onnx-checker',
];
/** Then those that start processes, then all others. */
const FOLDERS = ['e2e/', 'integration/', 'host/', 'infra/'];

module.exports = class LongestFirst extends Sequencer {
  static longest = LONGEST;

  sort(tests) {
    const own = new Map(super.sort(tests).map((test, place) => [test, place]));
    return [...own.keys()].sort((a, b) => rank(a) - rank(b) || own.get(a) - own.get(b));
  }
};

function rank({ path }) {
  const name = relative(`${__dirname}/..`, path).replaceAll('\\', '/');
  const place = LONGEST.findIndex((one) => name === `${one}.test.ts`);
  if (place >= 0) return place;
  const folder = FOLDERS.findIndex((one) => name.startsWith(one));
  return LONGEST.length + (folder >= 0 ? 0 : 1);
}
