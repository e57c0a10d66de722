import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  UpdateTimeToLiveCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { TableMismatchError, TableNotReadyError } from '../errors/request-errors.js';
import { toEventStoreError } from './dynamo-errors.js';
import { eventTableDefinition, TTL_ATTRIBUTE, type TableDefinitionOptions } from './table-definition.js';

export interface CreateTableOptions extends Pick<TableDefinitionOptions, 'billing'> {
  /** How long to wait until table and index can be used, in seconds, from 0. Default 60. */
  readonly waitSeconds?: number;
}

/** A table as `CreateTable` takes it: the event table, or one of those beside it. */
export interface CreatableTable extends CreateTableCommandInput {
  readonly TableName: string;
  readonly KeySchema: { AttributeName: string; KeyType: 'HASH' | 'RANGE' }[];
  readonly AttributeDefinitions: { AttributeName: string; AttributeType: 'S' | 'N' }[];
  readonly GlobalSecondaryIndexes?: CreatableIndex[];
}

type CreatableIndex = NonNullable<CreateTableCommandInput['GlobalSecondaryIndexes']>[number] & {
  readonly IndexName: string;
  readonly KeySchema: CreatableTable['KeySchema'];
};

const DEFAULT_WAIT_SECONDS = 60;

/** ms between two looks at a table that is not ready: at first, doubling, and at most. */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 2_000;

/** A table or index that is being updated serves requests all the while. */
const USABLE = new Set<string | undefined>(['ACTIVE', 'UPDATING']);

/** Creates the event table unless it exists; see `DynamoEventStore.createTable`. */
export async function createEventTable(
  client: DynamoDBClient,
  tableName: string,
  options: CreateTableOptions,
): Promise<void> {
  const { waitSeconds, ...rest } = options;
  await createTable(client, eventTableDefinition({ tableName, ...rest }), waitSeconds);
  try {
    await enableTimeToLive(client, tableName);
  } catch (error) {
    throw toEventStoreError(error, { operation: 'createTable', table: tableName });
  }
}

/**
 * Creates a table unless it exists, and waits until it and its indexes can be used. Several processes may do so at once.
 * @param waitSeconds How long to wait, from 0. Default 60.
 * @throws InvalidArgumentError `waitSeconds` is not a number from 0.
 * @throws TableMismatchError The table exists with other keys, or with other or missing indexes.
 * @throws TableNotReadyError The time was not enough.
 */
export async function createTable(
  client: DynamoDBClient,
  definition: CreatableTable,
  waitSeconds = DEFAULT_WAIT_SECONDS,
): Promise<void> {
  if (!(waitSeconds >= 0))
    throw new InvalidArgumentError('waitSeconds', `is ${waitSeconds}, but must be a number from 0.`);
  try {
    await untilUsable(client, definition, waitSeconds);
  } catch (error) {
    throw toEventStoreError(error, { operation: 'createTable', table: definition.TableName });
  }
}

/**
 * Looks, creates what is missing, and looks again. A description may lag behind a creation, and a table may go while it
 * is waited for; neither needs a case of its own.
 */
async function untilUsable(client: DynamoDBClient, definition: CreatableTable, waitSeconds: number): Promise<void> {
  const deadline = performance.now() + waitSeconds * 1_000;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const found = (await describe(client, definition.TableName)) ?? (await create(client, definition));
    const pending = found === undefined ? 'CREATING' : pendingState(found, definition);
    if (pending === undefined) return;
    const left = deadline - performance.now();
    if (left <= 0) throw new TableNotReadyError(definition.TableName, pending, waitSeconds);
    await delay(Math.min(pause, left));
  }
}

/** Why the table cannot be used yet; `undefined` when it can. */
function pendingState(found: TableDescription, wanted: CreatableTable): string | undefined {
  // What is left of a table that is being deleted says nothing about the one to come.
  if (found.TableStatus === 'DELETING') return found.TableStatus;
  checkDefinition(found, wanted);
  if (!USABLE.has(found.TableStatus)) return found.TableStatus;
  const index = indexesOf(wanted)
    .map(({ IndexName }) => findIndex(found, IndexName))
    .find((each) => !USABLE.has(each?.IndexStatus));
  return index === undefined ? undefined : `${index.IndexStatus} (index ${index.IndexName})`;
}

async function describe(client: DynamoDBClient, tableName: string): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: tableName }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** `undefined` when another process creates it at the same time. */
async function create(client: DynamoDBClient, definition: CreatableTable): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new CreateTableCommand(definition))).TableDescription;
  } catch (error) {
    if (error instanceof ResourceInUseException) return undefined;
    throw error;
  }
}

function checkDefinition(found: TableDescription, wanted: CreatableTable): void {
  const differences: string[] = [];
  const compare = (what: string, a: string, b: string) => {
    if (a !== b) differences.push(`${what}: found ${a}, needed ${b}`);
  };
  compare('keys', describeKeys(found.KeySchema, found), describeKeys(wanted.KeySchema, wanted));
  for (const index of indexesOf(wanted)) {
    const existing = findIndex(found, index.IndexName);
    compare(
      `index ${index.IndexName}`,
      describeKeys(existing?.KeySchema, found),
      describeKeys(index.KeySchema, wanted),
    );
  }
  if (differences.length > 0) throw new TableMismatchError(wanted.TableName, differences);
}

function indexesOf({ GlobalSecondaryIndexes: indexes = [] }: CreatableTable): readonly CreatableIndex[] {
  return indexes;
}

function findIndex({ GlobalSecondaryIndexes }: TableDescription, name: string) {
  return GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === name);
}

interface Described {
  readonly AttributeDefinitions?:
    { AttributeName?: string | undefined; AttributeType?: string | undefined }[] | undefined;
}

/** `pk S HASH, sk S RANGE` */
function describeKeys(
  keys: { AttributeName?: string | undefined; KeyType?: string | undefined }[] | undefined,
  table: Described | undefined,
): string {
  if (keys === undefined) return 'none';
  const typeOf = (name?: string) =>
    table?.AttributeDefinitions?.find(({ AttributeName }) => AttributeName === name)?.AttributeType;
  return keys.map(({ AttributeName, KeyType }) => `${AttributeName} ${typeOf(AttributeName)} ${KeyType}`).join(', ');
}

async function enableTimeToLive(client: DynamoDBClient, tableName: string): Promise<void> {
  try {
    if (!(await hasTimeToLive(client, tableName))) await switchTimeToLiveOn(client, tableName);
  } catch (error) {
    if (!isMissingOperation(error)) throw error;
  }
}

async function switchTimeToLiveOn(client: DynamoDBClient, tableName: string): Promise<void> {
  const TimeToLiveSpecification = { AttributeName: TTL_ATTRIBUTE, Enabled: true };
  try {
    await client.send(new UpdateTimeToLiveCommand({ TableName: tableName, TimeToLiveSpecification }));
  } catch (error) {
    // DynamoDB refuses to enable it twice, and another process may have been faster.
    if (!(await hasTimeToLive(client, tableName))) throw error;
  }
}

async function hasTimeToLive(client: DynamoDBClient, tableName: string): Promise<boolean> {
  const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: tableName }));
  const { TimeToLiveStatus, AttributeName } = TimeToLiveDescription ?? {};
  if (TimeToLiveStatus !== 'ENABLED' && TimeToLiveStatus !== 'ENABLING') return false;
  if (AttributeName === TTL_ATTRIBUTE) return true;
  throw new TableMismatchError(tableName, [`time to live: found on ${AttributeName}, needed on ${TTL_ATTRIBUTE}`]);
}

/** dynalite has no TTL; everything else works without it. */
function isMissingOperation(error: unknown): boolean {
  return error instanceof Error && error.name === 'UnknownOperationException';
}
