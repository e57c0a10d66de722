import type {
  CreateTableCommandInput,
  CreateTableOutput,
  DeleteTableCommandInput,
  DeleteTableOutput,
  DescribeTableCommandInput,
  DescribeTableOutput,
  DescribeTimeToLiveCommandInput,
  DescribeTimeToLiveOutput,
  TableDescription,
  UpdateTimeToLiveCommandInput,
  UpdateTimeToLiveOutput,
} from '@aws-sdk/client-dynamodb';
import { required, tableExists, validationError } from '../errors.js';
import { Table } from '../storage/table.js';
import { deepCopy } from '../values/attribute-value.js';
import type { Database } from './database.js';
import { enableStream } from './streams.js';

/** A table can be used as soon as it has been created. */
export function createTable(
  { TableName: tableName, ...definition }: CreateTableCommandInput,
  database: Database,
): CreateTableOutput {
  const name = required(tableName, 'tableName');
  if (database.tables.has(name)) throw tableExists(name);
  const table = new Table(name, definition, database.history);
  enableStream(table, database);
  database.tables.set(name, table);
  return { TableDescription: describe(table) };
}

export function describeTable({ TableName: name }: DescribeTableCommandInput, database: Database): DescribeTableOutput {
  return { Table: describe(database.table(name)) };
}

export function deleteTable({ TableName: name }: DeleteTableCommandInput, database: Database): DeleteTableOutput {
  const table = database.table(name);
  database.tables.delete(table.schema.name);
  table.stream?.disable();
  return { TableDescription: describe(table) };
}

export function updateTimeToLive(
  { TableName: name, TimeToLiveSpecification: wanted }: UpdateTimeToLiveCommandInput,
  database: Database,
): UpdateTimeToLiveOutput {
  const table = database.table(name);
  const { AttributeName: attribute, Enabled: enabled } = required(wanted, 'timeToLiveSpecification');
  if (enabled === (table.timeToLive !== undefined))
    throw validationError(`TimeToLive is already ${enabled ? 'enabled' : 'disabled'}`);
  table.timeToLive = enabled === true ? attribute : undefined;
  return { TimeToLiveSpecification: { AttributeName: attribute, Enabled: enabled } };
}

export function describeTimeToLive(
  { TableName: name }: DescribeTimeToLiveCommandInput,
  database: Database,
): DescribeTimeToLiveOutput {
  const { timeToLive } = database.table(name);
  return {
    TimeToLiveDescription:
      timeToLive === undefined
        ? { TimeToLiveStatus: 'DISABLED' }
        : { TimeToLiveStatus: 'ENABLED', AttributeName: timeToLive },
  };
}

function describe(table: Table): TableDescription {
  const { schema, definition, entries, stream } = table;
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, StreamSpecification } = deepCopy(definition);
  return {
    TableName: schema.name,
    TableStatus: 'ACTIVE',
    TableArn: table.arn,
    ItemCount: entries.scanOrder().reduce((sum, partition) => sum + partition.entries().length, 0),
    AttributeDefinitions,
    KeySchema,
    ...(GlobalSecondaryIndexes === undefined
      ? {}
      : {
          GlobalSecondaryIndexes: GlobalSecondaryIndexes.map(({ IndexName, KeySchema: keys, Projection }) => ({
            IndexName,
            KeySchema: keys,
            Projection,
            IndexStatus: 'ACTIVE' as const,
          })),
        }),
    ...(StreamSpecification === undefined || stream === undefined
      ? {}
      : { StreamSpecification, LatestStreamArn: stream.identity.arn, LatestStreamLabel: stream.identity.label }),
  };
}
