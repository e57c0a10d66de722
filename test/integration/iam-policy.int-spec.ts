import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DynamoEventStore } from 'nestjs-dynamo-event-store';
import { startLocalDynamoDb, type LocalDynamoDb } from 'nestjs-dynamo-event-store/testing';
import { eventStoreIamPolicy, type EventStoreFeature } from '../../libs/dynamo-event-store/src/dynamo/iam-policy.js';
import { uniqueTableName } from '../support/dynamodb.js';
import { recordingClient, type RecordingClient, type WireRequest } from '../support/recording-client.js';

const tableName = uniqueTableName('policy');
const tableArn = `arn:aws:dynamodb:eu-west-1:123456789012:table/${tableName}`;
const stream = { aggregate: 'order', id: 'o-1' };
const order = { type: 'order-placed', payload: { total: '12.50' } };

/** Everything that a principal with the feature may want of the store. */
const USES: Record<EventStoreFeature, (store: DynamoEventStore, withTransactions: boolean) => Promise<unknown>> = {
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
};
const FEATURES = Object.keys(USES) as EventStoreFeature[];

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
  expect(table).toBe(tableName);
  return `dynamodb:${action} on ${tableArn}${part}`;
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
      wire.reset();
      await USES[feature](store, wire === wires[0]);
      for (const request of wire.requests) for (const each of neededFor(request)) needed.add(each);
    }
    expect([...needed].sort()).toEqual(grantsOf(feature).sort());
  });
});
