const { availableParallelism } = require('node:os');

/** Jest compiles the TypeScript with swc to CommonJS; TypeScript itself is checked by `npm run typecheck`. */
module.exports = {
  rootDir: __dirname,
  roots: ['<rootDir>/tests'],
  testSequencer: '<rootDir>/tests/helpers/longest-first.cjs',
  testMatch: ['**/*.test.ts'],
  testEnvironment: '<rootDir>/tests/helpers/onnx-environment.ts',
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'commonjs' } },
    ],
  },
  extensionsToTreatAsEsm: [],
  // Many tests wait for processes that they started: one worker alone leaves the processors idle.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  testTimeout: 60_000,
};
