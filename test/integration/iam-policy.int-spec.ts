import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { DynamoEventStore } from 'nestjs-dynamo-event-store';
import { startLocalDynamoDb, type LocalDynamoDb } from 'nestjs-dynamo-event-store/testing';
import { controlTableDefinition, controlTableName } from '../../libs/dynamo-event-store/src/dynamo/control-schema.js';
import { DynamoControlStore } from '../../libs/dynamo-event-store/src/dynamo/dynamo-control-store.js';
import { DynamoRequests } from '../../libs/dynamo-event-store/src/dynamo/dynamo-requests.js';
import { DynamoTableScan } from '../../libs/dynamo-event-store/src/dynamo/dynamo-table-scan.js';
import { eventStoreIamPolicy, type EventStoreFeature } from '../../libs/dynamo-event-store/src/dynamo/iam-policy.js';
import { jitteredBackoff } from '../../libs/dynamo-event-store/src/store/backoff.js';
import { uniqueTableName } from '../support/dynamodb.js';
import { recordingClient, type RecordingClient, type WireRequest } from '../support/recording-client.js';

const tableName = uniqueTableName('policy');
const tableArn = `arn:aws:dynamodb:eu-west-1:123456789012:table/${tableName}`;
const stream = { aggregate: 'order', id: 'o-1' };
const number = { scope: 'order-number', value: '4711' };
const order = { type: 'order-placed', payload: { total: '12.50' } };

/** Whose requests the tests of their own features count. */
type OfTheStore = Exclude<EventStoreFeature, 'feed' | 'readModels'>;

/** Everything that a principal with the feature may want of the store. */
const USES: Record<OfTheStore, (store: DynamoEventStore, withTransactions: boolean) => Promise<unknown>> = {
  createTable: (store) => store.createTable(),
  append: async (store, withTransactions) => {
    const head = await store.append(stream, [order], { expected: 'none', commitId: 'c-1' });
    await store.append(stream, [order], { expected: 'none', commitId: 'c-1' });
    await store.append(stream, [order], { expected: head });
    await store.append(stream, [order], { expected: 2 });
    await store.append(stream, [order], { expected: 'any' });
    if (withTransactions) {
      await store.appendAll([
        { stream: { ...stream, id: 'o-2' }, events: [order], expected: 'none', idempotencyKey: 'k' },
        { stream, expected: (await store.head(stream)).version },
      ]);
      await store.storedCommand({ ...stream, id: 'o-2' }, { idempotencyKey: 'k' });
    }
    await expect(store.append(stream, [order], { expected: head })).rejects.toMatchObject({ code: 'CONCURRENCY' });
  },
  reservations: async (store, withTransactions) => {
    if (!withTransactions) return store.reservationOf(number);
    const numbered = { ...stream, id: 'o-3' };
    const head = await store.append(numbered, [order], { expected: 'none', reserve: [number] });
    await store.append(numbered, [order], { expected: head, release: [number] });
    return store.reservationOf(number);
  },
  archive: (store) => store.archiveStream(stream),
  purge: async (store, withTransactions) => {
    if (!withTransactions) return;
    await store.purgeStream(stream);
    await store.append(stream, [order], { expected: 'none' });
  },
  read: async (store) => {
    await store.readState(stream, { type: { name: 'order snapshot', schemaVersion: 1, eventClass: undefined } });
    for await (const event of store.read(stream, { order: 'backward' })) expect(event.version).toBeGreaterThan(0);
    await store.head(stream);
  },
  list: (store) => store.listStreams('order'),
  rebuild: async (store) => {
    const scan = new DynamoTableScan(
      requestsOf(store),
      () => tableName,
      () => new Date(),
    );
    await scan.estimate();
    for await (const page of scan.pages(0, 1)) expect(page.unreadable).toEqual([]);
    // A commit in parts, or one that a gap tells of, is read from its stream.
    for await (const event of store.read(stream)) expect(event.version).toBeGreaterThan(0);
  },
  control: async (store) => {
    const control = new DynamoControlStore(requestsOf(store), () => controlTableName(tableName));
    await control.put('progress', 'a', 1, 0);
    await control.put('progress', 'a', 1, 0);
    await control.get('progress', 'a');
    await control.list('progress');
    await control.delete('progress', 'a', 1);
  },
};
const FEATURES = Object.keys(USES) as OfTheStore[];

function requestsOf({ client }: DynamoEventStore): DynamoRequests {
  return new DynamoRequests(() => client, jitteredBackoff);
}

/** What the policy of one feature grants, as `action on resource`. */
function grantsOf(feature: EventStoreFeature): string[] {
  const { Statement } = eventStoreIamPolicy({ tableArn, features: [feature] });
  return Statement.flatMap(({ Action, Resource }) =>
    Action.flatMap((action) => Resource.map((resource) => `${action} on ${resource}`)),
  );
}

/** A transaction needs the right to each of its actions; there is none for the transaction itself. */
function neededFor({ operation, input }: WireRequest): string[] {
  if (operation === 'TransactWriteItems')
    return (input['TransactItems'] as Record<string, { TableName: string }>[]).flatMap((item) =>
      Object.entries(item).map(([action, { TableName }]) => need(`${action}Item`, TableName)),
    );
  if (operation === 'BatchWriteItem')
    return Object.keys(input['RequestItems'] as object).map((table) => need(operation, table));
  const { TableName, IndexName } = input;
  return [need(operation, TableName, typeof IndexName === 'string' ? `/index/${IndexName}` : '')];
}

function need(action: string, table: unknown, part = ''): string {
  expect([tableName, controlTableName(tableName)]).toContain(table);
  return `dynamodb:${action} on ${String(table) === tableName ? tableArn : controlTableName(tableArn)}${part}`;
}

describe('what the store sends is what the policy grants:', () => {
  let dynalite: LocalDynamoDb;
  let wires: RecordingClient[];

  beforeAll(async () => {
    dynalite = await startLocalDynamoDb({ engine: 'dynalite' });
    wires = [recordingClient(), recordingClient(dynalite.clientConfig)];
  });
  afterAll(async () => {
    for (const { client } of wires) client.destroy();
    await dynalite.stop();
  });

  // dynalite does not return the item in the way, so that the store has to get it.
  it.each(FEATURES)('%s', async (feature) => {
    const needed = new Set<string>();
    for (const wire of wires) {
      const store = new DynamoEventStore({ client: wire.client, tableName });
      if (feature !== 'createTable') await store.createTable();
      if (feature === 'control')
        await wire.client.send(new CreateTableCommand(controlTableDefinition(controlTableName(tableName))));
      wire.reset();
      await USES[feature](store, wire === wires[0]);
      for (const request of wire.requests) for (const each of neededFor(request)) needed.add(each);
    }
    expect([...needed].sort()).toEqual(grantsOf(feature).sort());
  });
});
