/** Who takes part. */
export interface Entrant {
  readonly id: string;
  /** File with its `create`, from the folder of the built bench. */
  readonly file: string;
  /** Of this repository, or somebody else's. */
  readonly kind: 'floor' | 'ours' | 'peer';
  readonly is: string;
}

export const FLOOR = 'floor';

export const ENTRANTS: readonly Entrant[] = [
  {
    id: FLOOR,
    kind: 'floor',
    file: 'contestants/floor.js',
    is: 'bare SDK with its defaults, a commit as one JSON string',
  },
  { id: 'store', kind: 'ours', file: 'contestants/store.js', is: 'DynamoEventStore, plain events, its own client' },
  {
    id: 'store-your-client',
    kind: 'ours',
    file: 'contestants/your-client.js',
    is: 'the same with `new DynamoDBClient`',
  },
  {
    id: 'repository',
    kind: 'ours',
    file: 'contestants/repository.js',
    is: 'AggregateRepository, classes and reducers',
  },
  {
    id: 'decorated',
    kind: 'ours',
    file: 'contestants/decorated.js',
    is: 'the same, with event classes that class-transformer decorates',
  },
  { id: 'command-bus', kind: 'ours', file: 'contestants/command-bus.js', is: 'Nest CommandBus, repository with cache' },
  { id: 'castore', kind: 'peer', file: '../peers/castore.mjs', is: 'castore 2.4.2' },
  { id: 'ocoda', kind: 'peer', file: '../peers/ocoda.mjs', is: '@ocoda/event-sourcing 1.0.0-beta.21' },
  {
    id: 'event-store-adapter-js',
    kind: 'peer',
    file: '../peers/event-store-adapter.mjs',
    is: 'event-store-adapter-js 2.2.94',
  },
];
