import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSubject, DomainEvent, DynamoEventStore, LocalKeyProvider, PersonalData } from 'nestjs-dynamo-event-store';
import { startLocalDynamoDb, type LocalDynamoDb } from 'nestjs-dynamo-event-store/testing';
import {
  CONTROL,
  controlTableDefinition,
  controlTableName,
} from '../../libs/dynamo-event-store/src/dynamo/control-schema.js';
import { createTable } from '../../libs/dynamo-event-store/src/dynamo/create-table.js';
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
const subject = { aggregate: 'person', id: 'ann' };
const number = { scope: 'order-number', value: '4711' };
const order = { type: 'order-placed', payload: { total: '12.50' } };

@DataSubject()
@DomainEvent({ name: 'named' })
class Named {
  @PersonalData({ fallback: '' }) readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

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
  personalData: async ({ client }) => {
    const personalData = { keys: LocalKeyProvider.ephemeral(), forgetWithinMs: 0 };
    const start = () => new DynamoEventStore({ client, tableName, personalData, events: [Named] });
    const [store, other] = [start(), start()];
    // Both find no key and make one, and the slower deletes its own.
    await Promise.all([store, other].map((each) => each.append(subject, [new Named('Ann')], { expected: 'any' })));
    for await (const { event } of start().read(subject)) expect(event).toEqual(new Named('Ann'));
    await store.dataSubjects.isKnown(subject.id);
    await store.dataSubjects.renewKey(subject.id);
    await store.dataSubjects.rewrap();
    await store.dataSubjects.forget(subject.id);
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

/** The store reads and appends too, for which it has the rights of other features. */
function isForControlTable({ input }: WireRequest): boolean {
  return input['TableName'] === controlTableName(tableName);
}

function partitionOf({ input }: WireRequest): unknown {
  const { Key, Item = Key, ExpressionAttributeValues: values } = input as Record<string, Record<string, { S: string }>>;
  return (Item?.[CONTROL.partitionKey] ?? values?.[':pk'])?.S;
}

function allowedKeys(): string[] {
  const [statement] = eventStoreIamPolicy({ tableArn, features: ['personalData'] }).Statement;
  return statement?.Condition?.['ForAllValues:StringEquals']?.['dynamodb:LeadingKeys'] ?? [];
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
      if (feature === 'control' || feature === 'personalData')
        await createTable(wire.client, controlTableDefinition(controlTableName(tableName)));
      wire.reset();
      await USES[feature](store, wire === wires[0]);
      const requests = feature === 'personalData' ? wire.requests.filter(isForControlTable) : wire.requests;
      for (const request of requests) for (const each of neededFor(request)) needed.add(each);
      if (feature === 'personalData') for (const each of requests) expect(allowedKeys()).toContain(partitionOf(each));
    }
    expect([...needed].sort()).toEqual(grantsOf(feature).sort());
  });
});
