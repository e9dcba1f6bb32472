/** Jest compiles the TypeScript with swc to CommonJS; TypeScript itself is checked by `npm run typecheck`. */
module.exports = {
  rootDir: __dirname,
  roots: ['<rootDir>/tests'],
  testMatch: ['**/*.test.ts'],
  testEnvironment: '<rootDir>/tests/helpers/onnx-environment.ts',
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'commonjs' } },
    ],
  },
  extensionsToTreatAsEsm: [],
  testTimeout: 60_000,
};
