// Three tiers, told apart by suffix: *.spec.ts (no I/O), *.int-spec.ts (DynamoDB), *.e2e-spec.ts (Nest applications over HTTP).
const swc = {
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    keepClassNames: true,
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
};

const base = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
  moduleNameMapper: {
    '^nestjs-dynamo-event-store$': '<rootDir>/libs/dynamo-event-store/src/index.ts',
    '^nestjs-dynamo-event-store/([a-z-]+)$': '<rootDir>/libs/dynamo-event-store/src/$1/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['<rootDir>/libs/.*/dist', '<rootDir>/apps/.*/dist', '<rootDir>/bench/dist'],
  setupFiles: ['reflect-metadata'],
};

const withDynamoDb = {
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
};

export default {
  testTimeout: 120_000,
  maxWorkers: 2,
  projects: [
    { ...base, displayName: 'unit', testMatch: ['<rootDir>/{libs,apps,test,bench/src}/**/*.spec.ts'] },
    {
      ...base,
      ...withDynamoDb,
      displayName: 'integration',
      testMatch: ['<rootDir>/{libs,apps,test}/**/*.int-spec.ts'],
    },
    { ...base, ...withDynamoDb, displayName: 'e2e', testMatch: ['<rootDir>/{libs,apps,test}/**/*.e2e-spec.ts'] },
  ],
};
