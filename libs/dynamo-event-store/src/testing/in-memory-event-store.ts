import { DynamoCommitLog } from '../dynamo/dynamo-commit-log.js';
import { DynamoRequests } from '../dynamo/dynamo-requests.js';
import { eventTableDefinition } from '../dynamo/table-definition.js';
import { DEFAULT_LISTING_SHARDS } from '../dynamo/table-schema.js';
import type { CommitLog } from '../store/commit-log.js';
import { CommitLogEventStore, type CommitLogStoreOptions } from '../store/commit-log-event-store.js';
import { SimulatedDynamoDb } from './simulation/simulated-dynamodb.js';

const TABLE = 'events';

/**
 * `EventStore` in the memory of the process, for tests without DynamoDB. It is the store for DynamoDB on a model of
 * DynamoDB: the same rules, items and limits, the same conformance suite; events go through the serializer, so what it
 * returns is never the object that was given.
 *
 * Every instance is a store of its own; two application instances share one by sharing the object.
 */
export class InMemoryEventStore extends CommitLogEventStore {
  protected override readonly log: CommitLog;
  private database = emptyDatabase();

  constructor(options: CommitLogStoreOptions = {}) {
    super(options);
    const requests = new DynamoRequests(() => this.database.client, this.backoff);
    this.log = new DynamoCommitLog(requests, () => TABLE, DEFAULT_LISTING_SHARDS, this.clock);
  }

  /** Forgets every stream; classes stay registered. */
  clear(): void {
    this.database = emptyDatabase();
  }
}

function emptyDatabase(): SimulatedDynamoDb {
  const database = new SimulatedDynamoDb();
  database.createTable(TABLE, eventTableDefinition({ tableName: TABLE }));
  return database;
}
