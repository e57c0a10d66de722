import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DynamoEventStore, ReadSide, type StreamId } from 'nestjs-dynamo-event-store';
import { streamsFeed } from 'nestjs-dynamo-event-store/streams';
import { importCommits } from 'nestjs-dynamo-event-store/transfer';
import { copyTenant, migrateUsers } from '../../docs/examples/transfer.js';
import { uniqueTableName } from '../support/dynamodb.js';
import { eventually } from '../support/eventually.js';
import { recordingClient } from '../support/recording-client.js';
import { carts, CartsProjection, ItemAdded, SHOP_EVENTS } from '../support/shop.js';
import { linesOfExport, withoutHeader } from '../support/transferred-streams.js';

const CARTS = 25;
const wire = recordingClient();
const { client } = wire;
const source = new DynamoEventStore({ client, tableName: uniqueTableName('transfer'), events: SHOP_EVENTS });
const cart = (id: number, tenant?: string): StreamId => ({
  aggregate: 'cart',
  id: `c-${id}`,
  ...(tenant === undefined ? {} : { tenant }),
});
let folder: string;

async function emptyTable(): Promise<DynamoEventStore> {
  const store = new DynamoEventStore({ client, tableName: uniqueTableName('transferred'), events: SHOP_EVENTS });
  await store.createTable();
  return store;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'event-store-transfer-'));
  await source.createTable();
  for (const tenant of [undefined, 'acme'])
    for (let id = 0; id < CARTS; id++) {
      const head = await source.append(cart(id, tenant), [new ItemAdded('a', 1), new ItemAdded('b', 2)], {
        expected: 'none',
      });
      await source.append(cart(id, tenant), [new ItemAdded('c', id)], { expected: head, idempotencyKey: 'k' });
    }
  // Above 400 KB, and above a page of a scan.
  const large = { aggregate: 'note', id: 'large' };
  const noted = { type: 'noted', payload: randomBytes(1_000_000).toString('base64') };
  const head = await source.append(large, [noted], { expected: 'none' });
  await source.append(large, [{ type: 'noted', payload: randomBytes(10) }], { expected: head });
  await source.archiveStream(large);
  await source.closeStream(cart(3));
});
afterAll(async () => {
  client.destroy();
  await rm(folder, { recursive: true, force: true });
});

describe('an export of a table on DynamoDB', () => {
  it.each([1, 4])('scanned in %d shares imports into the same', async (segments) => {
    const lines = await linesOfExport({ store: source, segments });
    expect(lines).toHaveLength(2 + CARTS * 4 + 3);
    const target = await emptyTable();
    expect(await importCommits(target, () => lines)).toMatchObject({ stored: CARTS * 4 + 3, conflicts: [] });
    const again = await linesOfExport({ store: target, segments });
    expect(withoutHeader(again).sort()).toEqual(withoutHeader(lines).sort());
  });

  it('goes on after any line, also in shares and inside of a commit in parts', async () => {
    const whole = await linesOfExport({ store: source, segments: 2 });
    for (let cut = 1; cut < whole.length; cut += 9) {
      const begun = whole.slice(0, cut);
      const lines = [...begun, ...(await linesOfExport({ store: source, segments: 2, resume: begun }))];
      expect(withoutHeader(lines).sort()).toEqual(withoutHeader(whole).sort());
    }
  });

  it('through the listing reads the streams that are selected, and nothing else', async () => {
    wire.reset();
    const lines = await linesOfExport({ store: source, tenant: 'acme', aggregates: ['cart'] });
    expect(lines).toHaveLength(2 + CARTS * 2);
    expect(new Set(wire.operations())).toEqual(new Set(['Query']));
  });

  it('is imported with one conditional write for each commit, and no read', async () => {
    const lines = await linesOfExport({ store: source, tenant: 'acme' });
    const target = await emptyTable();
    wire.reset();
    await importCommits(target, () => lines);
    expect(wire.operations()).toEqual(Array.from({ length: CARTS * 2 }, () => 'PutItem'));
    for (const { input } of wire.requests) expect(input['ConditionExpression']).toBe('attribute_not_exists(pk)');
    wire.reset();
    await importCommits(target, () => lines, { dryRun: true });
    expect(new Set(wire.operations())).toEqual(new Set(['Query']));
  });

  it('is followed by the projections of the target like any other commits', async () => {
    const target = await emptyTable();
    const feed = streamsFeed({ pollMs: 50, idlePollMs: 100 });
    const readSide = new ReadSide({ store: target, feed, refreshMs: 100 });
    readSide.add([{ instance: new CartsProjection() }]);
    await readSide.createTables();
    readSide.start();
    try {
      const half = await linesOfExport({ store: source, tenant: null });
      await importCommits(target, () => half);
      const view = readSide.readModels.view(carts);
      const expected = Array.from({ length: CARTS }, (_, id) => ({ items: 3 + id, versions: [1, 2, 3] }));
      const views = () => Promise.all(expected.map((_, id) => view.get(`c-${id}`)));
      await eventually('all carts are there', async () => (await views()).every((each) => each?.versions.length === 3));
      expect(await views()).toMatchObject(expected);
    } finally {
      await readSide.stop();
    }
  });
});

describe('the examples of the documentation', () => {
  it('copy a tenant', async () => {
    const target = await emptyTable();
    const report = await copyTenant(source, target, 'acme', join(folder, 'acme.ndjson'));
    expect(report).toMatchObject({
      read: { streams: CARTS, commits: CARTS * 2, events: CARTS * 3 },
      stored: CARTS * 2,
    });
    expect((await target.head(cart(1, 'acme'))).version).toBe(3);
    expect((await target.head(cart(1))).version).toBe(0);
  });

  it('migrate users of castore', async () => {
    const TableName = uniqueTableName('castore');
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'aggregateId', AttributeType: 'S' },
          { AttributeName: 'version', AttributeType: 'N' },
        ],
        KeySchema: [
          { AttributeName: 'aggregateId', KeyType: 'HASH' },
          { AttributeName: 'version', KeyType: 'RANGE' },
        ],
      }),
    );
    const put = (aggregateId: string, version: string) =>
      client.send(
        new PutItemCommand({
          TableName,
          Item: {
            aggregateId: { S: aggregateId },
            version: { N: version },
            type: { S: 'seen' },
            timestamp: { S: '2024-01-01T00:00:00.000Z' },
            payload: { M: { big: { N: '12345678901234567890' }, tags: { SS: ['a'] }, none: { NULL: true } } },
          },
        }),
      );
    await put('USERS#1', '1');
    await put('OTHERS#1', '1');
    const target = await emptyTable();
    expect(await migrateUsers(client, TableName, target)).toMatchObject({ stored: 1, dropped: 1 });
    const events: unknown[] = [];
    for await (const { event } of target.read({ aggregate: 'user', id: '1' })) events.push(event);
    expect(events).toEqual([{ big: 12345678901234567890n, tags: new Set(['a']), none: null }]);
    await put('USERS#1', '3');
    await expect(migrateUsers(client, TableName, target)).rejects.toThrow('USERS/1 3: the events of a stream must be');
  });
});
