import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { DynamoEventStore } from '../dynamo/dynamo-event-store.js';
import { eventTableDefinition } from '../dynamo/table-definition.js';
import { commitSortKey, partitionKeyOf } from '../dynamo/table-schema.js';
import { FeedSourceError } from '../errors/feed-errors.js';
import { StoreUnavailableError, TableNotFoundError } from '../errors/request-errors.js';
import { TRIM_HORIZON } from '../feed/streams/shard-position.js';
import { SimulatedDynamoDb, type SimulatedDynamoDbOptions } from '../testing/simulation/index.js';
import { VirtualTime } from '../testing/simulation/index.js';
import { DynamoChangeStream } from './dynamo-change-stream.js';
import { streamsFeed } from './index.js';
import { streamsClientBeside } from './streams-client.js';

const tableName = 'events';
const event = { type: 'order-placed', payload: {} };
const stream = (id: string) => ({ aggregate: 'order', id });

function table(options: SimulatedDynamoDbOptions = {}, viewType = 'NEW_IMAGE' as 'NEW_IMAGE' | 'KEYS_ONLY') {
  const database = new SimulatedDynamoDb(options);
  const definition = eventTableDefinition({ tableName });
  database.createTable(tableName, {
    ...definition,
    StreamSpecification: { StreamEnabled: true, StreamViewType: viewType },
  });
  const store = new DynamoEventStore({ client: database.client, tableName });
  const changes = new DynamoChangeStream(database.client, tableName, database.streamsClientFor() as never);
  return { database, store, changes };
}

async function readAll(changes: DynamoChangeStream) {
  const { id, shards } = await changes.describe();
  const found = await changes.iterator(id, shards[0]!.id, TRIM_HORIZON);
  const page = await changes.records('iterator' in found ? found.iterator : '', 1_000);
  if ('refused' in page) throw new Error(page.refused);
  return { id, shard: shards[0]!.id, ...page };
}

describe('the stream of an event table', () => {
  it('has news of commits alone, once each', async () => {
    const { store, changes } = table();
    await store.append(stream('o-1'), [event, event], { expected: 'none', commitId: 'c-1' });
    await store.archiveStream(stream('o-1'));
    await store.closeStream(stream('o-1'));
    await store.purgeStream(stream('o-1'));
    const { records } = await readAll(changes);

    expect(records.length).toBeGreaterThan(4);
    const news = records.flatMap(({ news: each }) => (each === undefined ? [] : [each]));
    expect(news).toMatchObject([{ notice: { stream: stream('o-1'), first: 1, last: 2, commit: { commitId: 'c-1' } } }]);
    expect(records[0]!.sequenceNumber).toMatch(/^\d+$/);
    expect(Math.abs(records[0]!.at - Date.now())).toBeLessThan(60_000);
  });

  it('tells of items that should be commits and are not', async () => {
    const { database, changes } = table();
    const Item = { pk: { S: partitionKeyOf(stream('o-1')) }, sk: { S: commitSortKey(7) } };
    await database.client.send(new PutItemCommand({ TableName: tableName, Item }));
    const { records } = await readAll(changes);
    expect(records).toMatchObject([{ news: { unreadable: { stream: stream('o-1'), version: 7 } } }]);
  });

  it('goes on after a sequence number', async () => {
    const { store, changes } = table();
    for (const id of ['o-1', 'o-2', 'o-3']) await store.append(stream(id), [event], { expected: 'none' });
    const { id, shard, records } = await readAll(changes);
    const found = await changes.iterator(id, shard, records[0]!.sequenceNumber);
    const page = await changes.records('iterator' in found ? found.iterator : '', 1);
    expect(page).toMatchObject({ records: [records[1]], next: expect.any(String) });
  });

  it('lists the shards of all pages, with parents, and another page for each hundred', async () => {
    const { database, changes } = table({ streams: { shards: 70 } });
    database.rollShards(tableName);
    const { shards } = await changes.describe();
    expect(new Set(shards.map(({ id }) => id)).size).toBe(140);
    expect(shards.filter(({ parent }) => parent !== undefined)).toHaveLength(70);
  });

  it('refuses places that are dropped, gone or expired', async () => {
    const time = new VirtualTime();
    const { store, changes } = table({ time, streams: { shardLifetimeMs: () => 60_000, delayMs: () => 1 } });
    await time.runUntil(store.append(stream('o-1'), [event], { expected: 'none' }));
    await time.runUntil(time.pause(1_000));
    const { id, shard, records } = await time.runUntil(readAll(changes));
    const place = records[0]!.sequenceNumber;
    const found = await time.runUntil(changes.iterator(id, shard, place));
    await time.runUntil(time.pause(16 * 60_000));
    const iterator = 'iterator' in found ? found.iterator : '';
    expect(await time.runUntil(changes.records(iterator, 10))).toEqual({ refused: 'expired' });
    // The record is older than the end of its shard, which is kept for a day from then on.
    await time.runUntil(time.pause(24 * 60 * 60_000 - 16 * 60_000 + 10_000));
    expect(await time.runUntil(changes.iterator(id, shard, place))).toEqual({ refused: 'trimmed' });
    await time.runUntil(time.pause(60_000));
    expect(await time.runUntil(changes.iterator(id, shard, place))).toEqual({ refused: 'gone' });
  });

  it('is refused without new images, and without a table', async () => {
    const { changes, database } = table({}, 'KEYS_ONLY');
    await expect(changes.describe()).rejects.toThrow(FeedSourceError);
    await expect(changes.describe()).rejects.toThrow(/table events .*shows KEYS_ONLY.*StreamViewType NEW_IMAGE/);
    const elsewhere = new DynamoChangeStream(database.client, 'nothing', undefined);
    await expect(elsewhere.describe()).rejects.toThrow(TableNotFoundError);
  });

  it('throws what may pass as an error of the library', async () => {
    const { database } = table();
    const failing = { send: () => Promise.reject(Object.assign(new Error('reset'), { name: 'TimeoutError' })) };
    const changes = new DynamoChangeStream(database.client, tableName, failing as never);
    await expect(changes.describe()).rejects.toThrow(StoreUnavailableError);
    await expect(changes.records('iterator', 1)).rejects.toThrow(StoreUnavailableError);
  });
});

describe('the client of the streams', () => {
  const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };

  it('has region, credentials and the custom endpoint of the client of the tables', async () => {
    const tables = new DynamoDBClient({ region: 'eu-central-1', credentials, endpoint: 'http://127.0.0.1:8000' });
    const { config } = streamsClientBeside(tables);
    expect([await config.region(), await config.credentials(), await config.maxAttempts()]).toMatchObject([
      'eu-central-1',
      credentials,
      5,
    ]);
    expect(await config.endpoint?.()).toMatchObject({ hostname: '127.0.0.1', port: 8000, protocol: 'http:' });
  });

  it('goes to the endpoint of the service otherwise', async () => {
    const tables = new DynamoDBClient({ region: 'eu-central-1', credentials, useFipsEndpoint: true });
    const { config } = streamsClientBeside(tables);
    expect(config.isCustomEndpoint).toBe(false);
    expect(await config.useFipsEndpoint()).toBe(true);
  });
});

it('options out of range are refused before anything is made', () => {
  expect(() => streamsFeed({ leaseMs: 1 })).toThrow(/leaseMs is 1/);
});
