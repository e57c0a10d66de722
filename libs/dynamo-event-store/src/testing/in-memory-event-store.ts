import { controlTableDefinition, controlTableName } from '../dynamo/control-schema.js';
import { DynamoControlStore } from '../dynamo/dynamo-control-store.js';
import { DynamoCommitLog } from '../dynamo/dynamo-commit-log.js';
import { DynamoRequests } from '../dynamo/dynamo-requests.js';
import { eventTableDefinition } from '../dynamo/table-definition.js';
import { DEFAULT_LISTING_SHARDS } from '../dynamo/table-schema.js';
import { DataSubjects } from '../personal/data-subjects.js';
import { LocalKeyProvider } from '../personal/local-key-provider.js';
import type { CommitLog } from '../store/commit-log.js';
import type { PersonalDataSettings } from '../store/key-provider.js';
import { CommitLogEventStore } from '../store/commit-log-event-store.js';
import type { CommitLogStoreOptions } from '../store/store-options.js';
import { SimulatedDynamoDb } from './simulation/simulated-dynamodb.js';

const TABLE = 'events';
const CONTROL_TABLE = controlTableName(TABLE);

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

  /** @internal */
  override subjectKeys: DataSubjects;
  private readonly personalData: PersonalDataSettings;

  /** Unless other keys are given, personal data is encrypted with a master key of its own, and forgotten at once. */
  constructor(options: CommitLogStoreOptions = {}) {
    const { personalData = { keys: LocalKeyProvider.ephemeral(), forgetWithinMs: 0 } } = options;
    super({ ...options, personalData });
    const requests = new DynamoRequests(() => this.database.client, this.backoff);
    this.log = new DynamoCommitLog(requests, () => TABLE, DEFAULT_LISTING_SHARDS, this.clock);
    this.personalData = personalData;
    this.subjectKeys = this.newSubjects();
  }

  /** The people whom personal data is about. */
  get dataSubjects(): DataSubjects {
    return this.subjectKeys;
  }

  /** Empties the store; classes stay registered. */
  clear(): void {
    this.database = emptyDatabase();
    this.subjectKeys = this.newSubjects();
  }

  private newSubjects(): DataSubjects {
    const requests = new DynamoRequests(() => this.database.client, this.backoff);
    const tableName = () => CONTROL_TABLE;
    const control = new DynamoControlStore(requests, tableName);
    return new DataSubjects({ ...this.personalData, control, tableName, tenants: this.tenants });
  }
}

function emptyDatabase(): SimulatedDynamoDb {
  const database = new SimulatedDynamoDb();
  database.createTable(TABLE, eventTableDefinition({ tableName: TABLE }));
  database.createTable(CONTROL_TABLE, controlTableDefinition(CONTROL_TABLE));
  return database;
}
