/**
 * Five kinds of tests, told apart by their file names (docs/TESTING.md): `unit` needs nothing, `database` a real
 * PostgreSQL, `e2e` the built archive as a process, `redis` a real Redis beside these, `browser` a real Chromium.
 */
const base = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['/dist/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
};

const sources = ['libs', 'apps', 'bench', 'tools'].map((folder) => `<rootDir>/${folder}`);
const kind = (displayName, suffix, more = {}) => ({
  ...base,
  displayName,
  testMatch: sources.map((folder) => `${folder}/**/*.${suffix}.ts`),
  ...more,
});

export default {
  maxWorkers: 2,
  testSequencer: './tools/slowest-first.mjs',
  // Ends what hangs; how fast a busy machine is, is no verdict. A test that names a time limit names a longer one.
  testTimeout: 180_000,
  projects: [
    kind('unit', 'spec'),
    kind('database', 'db-spec', {
      globalSetup: './tools/postgres-for-tests.mjs',
      globalTeardown: './tools/postgres-after-tests.mjs',
    }),
    kind('e2e', 'e2e-spec', {
      globalSetup: './tools/postgres-for-tests.mjs',
      globalTeardown: './tools/postgres-after-tests.mjs',
    }),
    kind('redis', 'redis-spec', {
      globalSetup: './tools/postgres-for-tests.mjs',
      globalTeardown: './tools/postgres-after-tests.mjs',
    }),
    kind('browser', 'browser-spec'),
  ],
};
