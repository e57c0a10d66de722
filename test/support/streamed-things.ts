import { PutItemCommand, type DynamoDBClient, type StreamViewType } from '@aws-sdk/client-dynamodb';
import {
  Random,
  SimulatedDynamoDb,
  VirtualTime,
  type SimulatedDynamoDbOptions,
  type SimulatedStreamsOptions,
} from '../../libs/dynamo-event-store/src/testing/simulation/index.js';
import { N, S, TABLE, THINGS, type Item } from './simulated-table.js';
import { StreamReader, type StreamRecord } from './stream-reader.js';

export const key = (sk: string, pk = 'p'): Item => ({ pk: S(pk), sk: S(sk) });

/** A table with a stream. */
export function streamed(viewType: StreamViewType = 'NEW_IMAGE') {
  return { ...THINGS, StreamSpecification: { StreamEnabled: true, StreamViewType: viewType } };
}

export interface StreamedThings {
  readonly database: SimulatedDynamoDb;
  readonly client: DynamoDBClient;
  readonly reader: StreamReader;
  /** Writes the n-th state of an item. */
  put(sk: string, n: number, pk?: string): Promise<unknown>;
}

/** A simulated database with a streamed table. */
export async function streamedThings(
  options: SimulatedDynamoDbOptions = {},
  viewType?: StreamViewType,
): Promise<StreamedThings> {
  const database = new SimulatedDynamoDb(options);
  database.createTable(TABLE, streamed(viewType));
  const { client } = database;
  return {
    database,
    client,
    reader: await StreamReader.of(client, database.streamsClientFor(), TABLE),
    put: (sk, n, pk) => client.send(new PutItemCommand({ TableName: TABLE, Item: { ...key(sk, pk), n: N(n) } })),
  };
}

export interface Passing extends StreamedThings {
  readonly time: VirtualTime;
}

/** Runs a scenario in virtual time, from 0 on, on a database without latencies. */
export async function inTime<T>(
  streams: SimulatedStreamsOptions,
  scenario: (things: Passing) => Promise<T>,
  seed: number | string = 1,
): Promise<T> {
  const time = new VirtualTime(0);
  const options = { time, random: new Random(seed), latencyMs: () => 0, streams };
  return time.runUntil(streamedThings(options).then((things) => scenario({ ...things, time })));
}

/** Records as `<sort key><n>`, such as `a1`. */
export function states(records: readonly StreamRecord[]): string[] {
  return records.map(({ dynamodb }) => `${dynamodb!.Keys!['sk']!.S!}${dynamodb!.NewImage?.['n']?.N ?? '-'}`);
}

export function sequences(records: readonly StreamRecord[]): bigint[] {
  return records.map(({ dynamodb }) => BigInt(dynamodb!.SequenceNumber!));
}

/** Sort keys of the items that `writeAll` writes. */
export const SKS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

/** Writes states 1 to `most` of each item, in turn. */
export async function writeAll({ put, time }: Passing, most: number, pauseMs = 0): Promise<void> {
  for (let n = 1; n <= most; n++)
    for (const sk of SKS) {
      await put(sk, n);
      await time.pause(pauseMs);
    }
}

/** The states of one item. */
export function ofItem(records: readonly StreamRecord[], sk: string): number[] {
  return states(records)
    .filter((state) => state.startsWith(sk))
    .map((state) => Number(state.slice(1)));
}

export const upTo = (most: number): number[] => Array.from({ length: most }, (_, index) => index + 1);
