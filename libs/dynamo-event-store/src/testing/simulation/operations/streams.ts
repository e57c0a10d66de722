import type { KeySchemaElement } from '@aws-sdk/client-dynamodb';
import { required, validationError } from '../errors.js';
import type { TableSchema } from '../storage/table-schema.js';
import type { Table } from '../storage/table.js';
import { ChangeStream } from '../streams/change-stream.js';
import { iteratorOf, iteratorText } from '../streams/shard-iterator.js';
import type { Shard } from '../streams/shard.js';
import { shardNotFound, streamNotFound, trimmedData } from '../streams/stream-errors.js';
import { recordOutput } from '../streams/stream-record.js';
import type {
  DescribeStreamInput,
  DescribeStreamOutput,
  GetRecordsInput,
  GetRecordsOutput,
  GetShardIteratorInput,
  GetShardIteratorOutput,
} from '../streams/stream-shapes.js';
import type { Database } from './database.js';

const MAX_SHARDS = 100;
const MAX_RECORDS = 1_000;
const MAX_BYTES = 1024 * 1024;

/** Gives a new table its stream, if its definition wants one. */
export function enableStream(table: Table, database: Database): void {
  const { StreamEnabled: isWanted, StreamViewType: viewType } = table.definition.StreamSpecification ?? {};
  if (isWanted !== true) return;
  if (viewType === undefined)
    throw validationError('Invalid StreamViewType: Stream ViewType must not be null or empty when enabling streams.');
  const { surroundings } = database;
  let createdAt = Math.floor(surroundings.now() ?? Date.now());
  const labelAt = (): string => new Date(createdAt).toISOString().slice(0, -1);
  const arnAt = (): string => `${table.arn}/stream/${labelAt()}`;
  // Two tables of one name may have been created at one instant.
  while (database.streams.has(arnAt())) createdAt++;
  const identity = { arn: arnAt(), label: labelAt(), createdAt, viewType };
  table.stream = new ChangeStream(
    table.schema,
    identity,
    () => surroundings.now(),
    () => surroundings.streamBehaviour(table.schema.name),
  );
  database.streams.set(identity.arn, table.stream);
}

export function describeStream(input: DescribeStreamInput, database: Database): DescribeStreamOutput {
  const { stream, shards } = streamOf(input.StreamArn, database);
  const { Limit: limit = MAX_SHARDS, ExclusiveStartShardId: start, ShardFilter: filter } = input;
  checkLimit(limit, MAX_SHARDS);
  const wanted = shards.filter(
    ({ place }) =>
      (start === undefined || place.id > start) && (filter === undefined || place.parentId === filter.ShardId),
  );
  const page = wanted.slice(0, limit);
  const last = page.at(-1);
  return {
    StreamDescription: {
      StreamArn: stream.identity.arn,
      StreamLabel: stream.identity.label,
      StreamStatus: stream.isEnabled ? 'ENABLED' : 'DISABLED',
      StreamViewType: stream.identity.viewType,
      CreationRequestDateTime: new Date(stream.identity.createdAt),
      TableName: stream.schema.name,
      KeySchema: keySchemaOf(stream.schema),
      Shards: page.map((shard) => shard.describe()),
      ...(last === undefined || page.length === wanted.length ? {} : { LastEvaluatedShardId: last.place.id }),
    },
  };
}

export function getShardIterator(input: GetShardIteratorInput, database: Database): GetShardIteratorOutput {
  const { stream, shards } = streamOf(input.StreamArn, database);
  const shard = shardOf(shards, required(input.ShardId, 'shardId'));
  const place = { arn: stream.identity.arn, shardId: shard.place.id, after: startOf(shard, input) };
  return { ShardIterator: iteratorText(place, database.surroundings.now()) };
}

export function getRecords(input: GetRecordsInput, database: Database): GetRecordsOutput {
  const { Limit: limit = MAX_RECORDS } = input;
  checkLimit(limit, MAX_RECORDS);
  const now = database.surroundings.now();
  const { arn, shardId, after } = iteratorOf(input.ShardIterator, now);
  const { stream, shards } = streamOf(arn, database);
  const shard = shardOf(shards, shardId);
  if (after < shard.trimmedThrough) throw trimmedData();
  const next = (sequence: bigint) => ({ NextShardIterator: iteratorText({ arn, shardId, after: sequence }, now) });
  if (stream.behaviour.leavesAnswerEmpty()) return { Records: [], ...next(after) };
  const found = shard.after(after, limit, MAX_BYTES);
  const end = found.at(-1)?.sequence ?? after;
  const { viewType } = stream.identity;
  return {
    Records: found.map(({ record, sequence }) => recordOutput(record, { shardId, sequence, viewType })),
    ...(shard.isOpen || shard.after(end, 1, MAX_BYTES).length > 0 ? next(end) : {}),
  };
}

/** @throws ResourceNotFoundException */
function streamOf(
  arn: string | undefined,
  database: Database,
): { readonly stream: ChangeStream; readonly shards: readonly Shard[] } {
  const stream = database.streams.get(required(arn, 'streamArn'));
  const shards = stream?.shards() ?? [];
  // An enabled stream always has an open shard.
  if (stream === undefined || shards.length === 0) throw streamNotFound(String(arn));
  return { stream, shards };
}

function shardOf(shards: readonly Shard[], id: string): Shard {
  const shard = shards.find(({ place }) => place.id === id);
  if (shard === undefined) throw shardNotFound();
  return shard;
}

function keySchemaOf({ keys: { partition, sort } }: TableSchema): KeySchemaElement[] {
  return [
    { AttributeName: partition.name, KeyType: 'HASH' },
    ...(sort === undefined ? [] : [{ AttributeName: sort.name, KeyType: 'RANGE' as const }]),
  ];
}

/** After which sequence number an iterator begins. */
function startOf(shard: Shard, { ShardIteratorType: type, SequenceNumber: given }: GetShardIteratorInput): bigint {
  if (type === 'AT_SEQUENCE_NUMBER' || type === 'AFTER_SEQUENCE_NUMBER') {
    const sequence = /^\d{21,40}$/.test(given ?? '') ? BigInt(given ?? '') : -1n;
    if (sequence < shard.place.firstSequence || sequence > shard.lastSequence)
      throw validationError('One or more parameter values were invalid: Invalid SequenceNumber');
    if (sequence <= shard.trimmedThrough) throw trimmedData();
    return type === 'AT_SEQUENCE_NUMBER' ? sequence - 1n : sequence;
  }
  if (given !== undefined)
    throw validationError(
      'One or more parameter values were invalid: SequenceNumber should not be passed for this iterator type',
    );
  if (type === 'TRIM_HORIZON') return shard.trimmedThrough;
  if (type === 'LATEST') return shard.lastSequence;
  throw validationError('One or more parameter values were invalid: Invalid ShardIteratorType');
}

function checkLimit(limit: number, most: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > most)
    throw validationError(
      `1 validation error detected: Value '${limit}' at 'limit' failed to satisfy constraint: ` +
        `Member must have value ${limit < 1 ? 'greater than or equal to 1' : `less than or equal to ${most}`}`,
    );
}
