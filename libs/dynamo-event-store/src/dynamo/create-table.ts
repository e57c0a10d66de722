import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
  type DynamoDBClient,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { TableMismatchError } from '../errors/request-errors.js';
import { toEventStoreError } from './dynamo-errors.js';
import { eventTableDefinition, TTL_ATTRIBUTE, type TableDefinition, type TableDefinitionOptions } from './table-definition.js';

export interface CreateTableOptions extends Pick<TableDefinitionOptions, 'billing'> {
  /** How long to wait for the table to become active, in seconds. Default 60. */
  readonly waitSeconds?: number;
}

/** Creates the event table unless it exists; see `DynamoEventStore.createTable`. */
export async function createEventTable(client: DynamoDBClient, tableName: string, options: CreateTableOptions): Promise<void> {
  const { waitSeconds = 60, ...rest } = options;
  const definition = eventTableDefinition({ tableName, ...rest });
  try {
    const existing = (await describe(client, tableName)) ?? (await create(client, definition));
    if (existing?.TableStatus !== 'ACTIVE') await waitUntilTableExists({ client, maxWaitTime: waitSeconds, minDelay: 1, maxDelay: 2 }, { TableName: tableName });
    checkDefinition(tableName, await describe(client, tableName), definition);
    await enableTimeToLive(client, tableName);
  } catch (error) {
    throw toEventStoreError(error, { operation: 'createTable', table: tableName });
  }
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
async function create(client: DynamoDBClient, definition: TableDefinition): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new CreateTableCommand(definition))).TableDescription;
  } catch (error) {
    if (error instanceof ResourceInUseException) return undefined;
    throw error;
  }
}

function checkDefinition(tableName: string, found: TableDescription | undefined, wanted: TableDefinition): void {
  const differences: string[] = [];
  const compare = (what: string, a: string, b: string) => {
    if (a !== b) differences.push(`${what}: found ${a}, needed ${b}`);
  };
  compare('keys', describeKeys(found?.KeySchema, found), describeKeys(wanted.KeySchema, wanted));
  for (const index of wanted.GlobalSecondaryIndexes) {
    const existing = found?.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === index.IndexName);
    compare(`index ${index.IndexName}`, describeKeys(existing?.KeySchema, found), describeKeys(index.KeySchema, wanted));
  }
  if (differences.length > 0) throw new TableMismatchError(tableName, differences);
}

interface Described {
  readonly AttributeDefinitions?: { AttributeName?: string | undefined; AttributeType?: string | undefined }[] | undefined;
}

/** `pk S HASH, sk S RANGE` */
function describeKeys(keys: { AttributeName?: string | undefined; KeyType?: string | undefined }[] | undefined, table: Described | undefined): string {
  if (keys === undefined) return 'none';
  const typeOf = (name?: string) => table?.AttributeDefinitions?.find(({ AttributeName }) => AttributeName === name)?.AttributeType;
  return keys.map(({ AttributeName, KeyType }) => `${AttributeName} ${typeOf(AttributeName)} ${KeyType}`).join(', ');
}

async function enableTimeToLive(client: DynamoDBClient, tableName: string): Promise<void> {
  try {
    const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: tableName }));
    if (TimeToLiveDescription?.TimeToLiveStatus !== 'DISABLED') return;
    const TimeToLiveSpecification = { AttributeName: TTL_ATTRIBUTE, Enabled: true };
    await client.send(new UpdateTimeToLiveCommand({ TableName: tableName, TimeToLiveSpecification }));
  } catch (error) {
    if (!isMissingOperation(error)) throw error;
  }
}

/** dynalite has no TTL; everything else works without it. */
function isMissingOperation(error: unknown): boolean {
  return error instanceof Error && error.name === 'UnknownOperationException';
}
