import type { DynamoDBClient, DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import { DataSubjects } from '../personal/data-subjects.js';
import { NoDataSubjects } from '../personal/no-data-subjects.js';
import { CommitLogEventStore } from '../store/commit-log-event-store.js';
import type { CommitLogStoreOptions } from '../store/store-options.js';
import { controlTableDefinition, controlTableName } from './control-schema.js';
import type { KeyProvider } from '../store/key-provider.js';
import { createEventTable, createTable, type CreateTableOptions } from './create-table.js';
import { createDynamoClient } from './dynamo-client.js';
import { DynamoControlStore } from './dynamo-control-store.js';
import { DynamoCommitLog } from './dynamo-commit-log.js';
import { DynamoRequests } from './dynamo-requests.js';
import { DEFAULT_LISTING_SHARDS, MAX_LISTING_SHARDS } from './table-schema.js';

export interface DynamoEventStoreOptions extends CommitLogStoreOptions {
  /** A client of yours. It is never destroyed by the store. Exclusive with `clientConfig`. */
  readonly client?: DynamoDBClient;
  /**
   * Settings of the client that the store makes on first use, and destroys on `close`: endpoint, region, credentials,
   * retries, HTTP options. Default: those of `createDynamoClient`.
   */
  readonly clientConfig?: DynamoDBClientConfig;
  /** Name of the table, or a function that gives it; asked before each request. */
  readonly tableName: string | (() => string);
  /**
   * Partitions of the listing index per aggregate: 1 to 64. Default 4. Each takes 1,000 new streams a second and costs
   * one request per listed page. May be raised at any time, never lowered.
   */
  readonly listingShards?: number;
}

/**
 * `EventStore` on one DynamoDB table: one immutable item per commit, one conditional `PutItem` per append.
 * Makes no request before it is used.
 */
export class DynamoEventStore extends CommitLogEventStore {
  protected override readonly log: DynamoCommitLog;
  /** @internal For what works on the same tables. */
  readonly tableRequests: DynamoRequests;
  /** @internal */
  override readonly subjectKeys: DataSubjects | undefined;
  private readonly resolveTableName: () => string;
  private ownClient: DynamoDBClient | undefined;

  /** @throws InvalidDefinitionError Lists every option, event class and upcaster at fault. */
  constructor(private readonly options: DynamoEventStoreOptions) {
    checkOptions(options);
    super(options);
    const { tableName, listingShards = DEFAULT_LISTING_SHARDS } = options;
    this.resolveTableName = typeof tableName === 'string' ? () => tableName : tableName;
    this.tableRequests = new DynamoRequests(() => this.client, this.backoff);
    this.log = new DynamoCommitLog(this.tableRequests, this.resolveTableName, listingShards, this.clock);
    if (options.personalData !== undefined) {
      const tableName = () => this.controlTable;
      const control = new DynamoControlStore(this.tableRequests, tableName);
      this.subjectKeys = new DataSubjects({ ...options.personalData, control, tableName, tenants: this.tenants });
    }
  }

  /** The people whom personal data is about. Without the `personalData` option all its methods are refused. */
  get dataSubjects(): DataSubjects {
    return this.subjectKeys ?? new NoDataSubjects();
  }

  private get controlTable(): string {
    return this.options.personalData?.controlTable ?? controlTableName(this.tableName);
  }

  /** The client in use: yours, or the store's own, made on first access. */
  get client(): DynamoDBClient {
    if (this.options.client !== undefined) return this.options.client;
    return (this.ownClient ??= createDynamoClient(this.options.clientConfig));
  }

  get tableName(): string {
    return this.resolveTableName();
  }

  /**
   * Creates the table unless it exists, with `personalData` also that of the keys, and waits until they can be used. For development and tests: in production create
   * it with your infrastructure, from `eventTableDefinition` and its other forms.
   * @throws TableMismatchError A table of that name has other keys or indexes.
   * @throws TableNotReadyError It did not become active in time.
   */
  async createTable(options: CreateTableOptions = {}): Promise<void> {
    await createEventTable(this.client, this.tableName, options);
    if (this.subjectKeys !== undefined) await createTable(this.client, controlTableDefinition(this.controlTable));
  }

  /** Destroys the store's own client; a client of yours is left alone. The store must not be used afterwards. */
  close(): void {
    this.ownClient?.destroy();
    this.ownClient = undefined;
  }
}

/** @internal @throws InvalidDefinitionError Lists every option at fault. */
export function checkOptions(options: DynamoEventStoreOptions): void {
  const { client, clientConfig, tableName, listingShards, personalData, tenancy } = options;
  const faults: string[] = [];
  if (tableName === '' || (typeof tableName !== 'string' && typeof tableName !== 'function')) {
    faults.push('tableName must be a name that is not empty, or a function that returns one.');
  }
  const { keys } = (personalData ?? {}) as { readonly keys?: Partial<KeyProvider> };
  if (personalData !== undefined && (typeof keys?.wrap !== 'function' || typeof keys.unwrap !== 'function'))
    faults.push('personalData needs `keys`: a KmsKeyProvider, a LocalKeyProvider, or one of yours.');
  if (!isTenancy(tenancy)) faults.push('tenancy is true, false, or { tenant, run }, each a function.');
  if (client !== undefined && clientConfig !== undefined) faults.push('client and clientConfig exclude each other.');
  if (client !== undefined && !isClient(client))
    faults.push('client must be a DynamoDBClient; settings for one go into clientConfig.');
  if (isClient(clientConfig)) faults.push('clientConfig is a client; pass it as client.');
  if (
    listingShards !== undefined &&
    (!Number.isInteger(listingShards) || listingShards < 1 || listingShards > MAX_LISTING_SHARDS)
  ) {
    faults.push(`listingShards is ${listingShards}, but must be a whole number from 1 to ${MAX_LISTING_SHARDS}.`);
  }
  if (faults.length > 0) throw new InvalidDefinitionError('DynamoEventStoreOptions', faults);
}

function isTenancy(value: unknown): boolean {
  if (value === undefined || typeof value === 'boolean') return true;
  if (typeof value !== 'object' || value === null) return false;
  const { tenant, run } = value as { readonly tenant?: unknown; readonly run?: unknown };
  return [tenant, run].every((each) => each === undefined || typeof each === 'function');
}

function isClient(value: unknown): boolean {
  return typeof (value as Partial<DynamoDBClient> | null | undefined)?.send === 'function';
}
