import { randomBytes } from 'node:crypto';
import { EventStore as CastoreStore, EventType, type EventTypeDetails, type Reducer } from '@castore/core';
import {
  DynamoDBSingleTableEventStorageAdapter,
  LegacyDynamoDBEventStorageAdapter,
} from '@castore/event-storage-adapter-dynamodb';
import { CreateTableCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Aggregate,
  AggregateRepository,
  AggregateRoot,
  DomainEvent,
  DynamoEventStore,
  EventHandler,
} from 'nestjs-dynamo-event-store';
import { castoreTable, mapForeignEvent, migrate, type MigrationReport } from 'nestjs-dynamo-event-store/transfer';
import { testClient, uniqueTableName } from '../support/dynamodb.js';

const client = testClient();
const castore = uniqueTableName('castore');
const legacy = uniqueTableName('castore-legacy');
const USERS = 'USERS#v1';
const ORDERS = 'ORDERS';

interface UserState {
  readonly aggregateId: string;
  readonly version: number;
  readonly name: string;
  readonly tags: readonly string[];
  readonly removed: boolean;
}

interface OrderState {
  readonly aggregateId: string;
  readonly version: number;
  readonly total: number;
  readonly notes: number;
}

const userTypes = [
  new EventType<'user-created', { name: string; tags: string[] }, { by: string }>({ type: 'user-created' }),
  new EventType<'user-renamed', { name: string }>({ type: 'user-renamed' }),
  new EventType<'user-removed'>({ type: 'user-removed' }),
];
const orderTypes = [
  new EventType<'order-placed', { total: number }>({ type: 'order-placed' }),
  new EventType<'order-noted', { text: string }>({ type: 'order-noted' }),
];

const reduceUser: Reducer<UserState, EventTypeDetails<typeof userTypes>> = (state, event) => {
  const { aggregateId, version } = event;
  if (event.type === 'user-created') return { aggregateId, version, ...event.payload, removed: false };
  if (event.type === 'user-renamed') return { ...state, version, name: event.payload.name };
  return { ...state, version, removed: true };
};
const reduceOrder: Reducer<OrderState, EventTypeDetails<typeof orderTypes>> = (state, event) => {
  const { aggregateId, version } = event;
  if (event.type === 'order-placed') return { aggregateId, version, total: event.payload.total, notes: 0 };
  return { ...state, version, notes: state.notes + event.payload.text.length };
};

const singleTable = new DynamoDBSingleTableEventStorageAdapter({ tableName: castore, dynamoDBClient: client });
const users = new CastoreStore({
  eventStoreId: USERS,
  eventTypes: userTypes,
  reducer: reduceUser,
  eventStorageAdapter: singleTable,
});
const orders = new CastoreStore({
  eventStoreId: ORDERS,
  eventTypes: orderTypes,
  reducer: reduceOrder,
  eventStorageAdapter: singleTable,
});

@DomainEvent({ name: 'user-created' })
class UserCreated {
  constructor(
    readonly name: string,
    readonly tags: string[],
  ) {}
}

@DomainEvent({ name: 'user-renamed' })
class UserRenamed {
  constructor(readonly name: string) {}
}

@DomainEvent({ name: 'user-removed' })
class UserRemoved {}

@Aggregate({ name: 'user' })
class User extends AggregateRoot {
  state = { name: '', tags: [] as readonly string[], removed: false };
  @EventHandler(UserCreated) protected onCreated({ name, tags }: UserCreated): void {
    this.state = { name, tags, removed: false };
  }
  @EventHandler(UserRenamed) protected onRenamed({ name }: UserRenamed): void {
    this.state = { ...this.state, name };
  }
  @EventHandler(UserRemoved) protected onRemoved(): void {
    this.state = { ...this.state, removed: true };
  }
}

@DomainEvent({ name: 'order-placed' })
class OrderPlaced {
  constructor(readonly total: number) {}
}

@DomainEvent({ name: 'order-noted' })
class OrderNoted {
  constructor(readonly text: string) {}
}

@Aggregate({ name: 'ORDERS' })
class Order extends AggregateRoot {
  state = { total: 0, notes: 0 };
  @EventHandler(OrderPlaced) protected onPlaced({ total }: OrderPlaced): void {
    this.state = { total, notes: 0 };
  }
  @EventHandler(OrderNoted) protected onNoted({ text }: OrderNoted): void {
    this.state = { ...this.state, notes: this.state.notes + text.length };
  }
}

const EVENTS = [UserCreated, UserRenamed, UserRemoved, OrderPlaced, OrderNoted];
const userIds = Array.from({ length: 12 }, (_, index) => `user#${index}/é`);
const orderIds = Array.from({ length: 20 }, (_, index) => `order-${index}`);
const EVENT_COUNT = 12 * 2 + 6 + 20 * 6;

const key = (name: string, type: 'S' | 'N') => ({ AttributeName: name, AttributeType: type });

async function createCastoreTable(TableName: string, index: { readonly hash: string; readonly type: 'S' | 'N' }) {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        key('aggregateId', 'S'),
        key('version', 'N'),
        key(index.hash, index.type),
        key('timestamp', 'S'),
      ],
      KeySchema: [
        { AttributeName: 'aggregateId', KeyType: 'HASH' },
        { AttributeName: 'version', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'initialEvents',
          KeySchema: [
            { AttributeName: index.hash, KeyType: 'HASH' },
            { AttributeName: 'timestamp', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    }),
  );
}

async function target(events = EVENTS): Promise<DynamoEventStore> {
  const store = new DynamoEventStore({ client, tableName: uniqueTableName('migrated'), events });
  await store.createTable();
  return store;
}

const itemsOf = async ({ tableName: TableName }: DynamoEventStore) =>
  (await client.send(new ScanCommand({ TableName }))).Items!;

const map = (event: Parameters<typeof mapForeignEvent>[0]) => {
  const mapped = mapForeignEvent(event);
  return event.store === USERS ? { ...mapped, aggregate: 'user' } : mapped;
};

beforeAll(async () => {
  await createCastoreTable(castore, { hash: 'eventStoreId', type: 'S' });
  await createCastoreTable(legacy, { hash: 'isInitialEvent', type: 'N' });
  for (const [index, aggregateId] of userIds.entries()) {
    const created = { name: `name ${index}`, tags: ['a', String(index)] };
    await users.pushEvent({ aggregateId, version: 1, type: 'user-created', payload: created, metadata: { by: 'ada' } });
    // A writer whose clock is behind.
    const timestamp = '2020-01-01T00:00:00.000Z';
    await users.pushEvent({
      aggregateId,
      version: 2,
      type: 'user-renamed',
      timestamp,
      payload: { name: `new ${index}` },
    });
    if (index % 2 === 0) await users.pushEvent({ aggregateId, version: 3, type: 'user-removed' });
  }
  for (const [index, aggregateId] of orderIds.entries()) {
    await orders.pushEvent({ aggregateId, version: 1, type: 'order-placed', payload: { total: index * 1.5 } });
    for (let version = 2; version <= 6; version++) {
      const text = randomBytes(10_000).toString('base64');
      await orders.pushEvent({ aggregateId, version, type: 'order-noted', payload: { text } });
    }
  }
});
afterAll(() => {
  client.destroy();
});

/** Counts of a report, which a dry run and a run have in common. */
function comparable({ dryRun: _, ...report }: MigrationReport): Omit<MigrationReport, 'dryRun'> {
  return { ...report, types: [...report.types].sort((a, b) => (a.label < b.label ? -1 : 1)) };
}

describe('a table that castore has written', () => {
  it('is migrated to aggregates with the states of castore, after a dry run that says so and writes nothing', async () => {
    const page = await client.send(new ScanCommand({ TableName: castore }));
    expect(page.LastEvaluatedKey).toBeDefined();
    const store = await target();

    const dry = await migrate(castoreTable({ client, tableName: castore }), store, { map, dryRun: true });
    expect(await itemsOf(store)).toEqual([]);
    const done = await migrate(castoreTable({ client, tableName: castore, segments: 3 }), store, { map });

    expect(comparable(dry)).toEqual(comparable(done));
    expect(done).toMatchObject({ streams: 32, events: EVENT_COUNT, stored: EVENT_COUNT, present: 0, refused: 0 });
    expect(done.problems).toEqual([]);
    expect(comparable(done).types).toEqual([
      { store: ORDERS, type: 'order-noted', label: 'order-noted@1', aggregate: 'ORDERS', events: 100 },
      { store: ORDERS, type: 'order-placed', label: 'order-placed@1', aggregate: 'ORDERS', events: 20 },
      { store: USERS, type: 'user-created', label: 'user-created@1', aggregate: 'user', events: 12 },
      { store: USERS, type: 'user-removed', label: 'user-removed@1', aggregate: 'user', events: 6 },
      { store: USERS, type: 'user-renamed', label: 'user-renamed@1', aggregate: 'user', events: 12 },
    ]);

    const repository = new AggregateRepository(store);
    for (const id of userIds) {
      const { aggregate } = await users.getAggregate(id);
      const user = await repository.load(User, id);
      expect({ aggregateId: user.id, version: user.version, ...user.state }).toEqual(aggregate);
    }
    for (const id of orderIds) {
      const { aggregate } = await orders.getAggregate(id);
      const order = await repository.load(Order, id);
      expect({ aggregateId: order.id, version: order.version, ...order.state }).toEqual(aggregate);
    }
    const listed = await store.listStreams('user');
    expect(listed.items.map(({ stream }) => stream.id).sort()).toEqual([...userIds].sort());
  });

  it('keeps time and metadata of each event; time never runs backwards in a stream', async () => {
    const store = await target([]);
    await migrate(castoreTable({ client, tableName: castore }), store, { map });
    const { events } = await users.getEvents(userIds[1]!);
    const found: [string, string, number, unknown][] = [];
    for await (const { type, recordedAt, schemaVersion, metadata } of store.read({
      aggregate: 'user',
      id: userIds[1]!,
    }))
      found.push([type, recordedAt.toISOString(), schemaVersion, metadata['by']]);
    const [{ timestamp } = { timestamp: '' }] = events;
    // Without classes too.
    expect(found).toEqual([
      ['user-created', timestamp, 1, 'ada'],
      ['user-renamed', timestamp, 1, undefined],
    ]);
  });

  it('is found present by a second run, which adds what is new', async () => {
    const store = await target();
    const first = await migrate(castoreTable({ client, tableName: castore }), store, { map });
    await orders.pushEvent({ aggregateId: 'late', version: 1, type: 'order-placed', payload: { total: 1 } });
    const second = await migrate(castoreTable({ client, tableName: castore }), store, { map });
    expect([first.stored, second.stored, second.present]).toEqual([EVENT_COUNT, 1, EVENT_COUNT]);
    expect(second.problems).toEqual([]);
  });

  it('of the legacy adapter is migrated likewise', async () => {
    const reducer = reduceOrder;
    const eventStorageAdapter = new LegacyDynamoDBEventStorageAdapter({ tableName: legacy, dynamoDBClient: client });
    const old = new CastoreStore({ eventStoreId: 'OLD', eventTypes: orderTypes, reducer, eventStorageAdapter });
    for (const aggregateId of ['a', 'b#c']) {
      await old.pushEvent({ aggregateId, version: 1, type: 'order-placed', payload: { total: 7 } });
      await old.pushEvent({ aggregateId, version: 2, type: 'order-noted', payload: { text: 'x' } });
    }
    const store = await target();
    const options = { client, tableName: legacy, legacyEventStoreId: 'ORDERS' };
    expect(await migrate(castoreTable(options), store)).toMatchObject({ streams: 2, stored: 4, problems: [] });
    const order = await new AggregateRepository(store).load(Order, 'b#c');
    expect([order.version, order.state]).toEqual([2, { total: 7, notes: 1 }]);
  });
});

describe('what cannot be taken over is reported, and stops its own stream only', () => {
  const table = uniqueTableName('castore-odd');
  const adapter = new DynamoDBSingleTableEventStorageAdapter({ tableName: table, dynamoDBClient: client });
  const odd = new CastoreStore({
    eventStoreId: ORDERS,
    eventTypes: orderTypes,
    reducer: reduceOrder,
    eventStorageAdapter: adapter,
  });
  const push = (aggregateId: string, version: number, total = 1) =>
    odd.pushEvent({ aggregateId, version, type: 'order-placed', payload: { total } });

  beforeAll(async () => {
    await createCastoreTable(table, { hash: 'eventStoreId', type: 'S' });
    for (const version of [1, 2, 3]) await push('good', version);
    for (const version of [1, 2, 4, 5]) await push('gap', version);
    for (const version of [0, 1]) await push('zero', version);
    for (const version of [1, 2]) await push('taken', version);
    await push('merged-1', 1);
    await push('merged-2', 1);
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: { aggregateId: { S: `${ORDERS}#odd` }, version: { N: '1' }, type: { S: 'x' }, timestamp: { S: 'never' } },
      }),
    );
    await push('odd', 2);
    await push('unmapped', 1, 13);
  });

  const mapOdd = (event: Parameters<typeof mapForeignEvent>[0]) => {
    const mapped = mapForeignEvent(event);
    if (event.id === 'unmapped') throw new Error('no place for it');
    return event.id.startsWith('merged') ? { ...mapped, id: 'merged' } : mapped;
  };

  it('in the same words by a dry run and a run', async () => {
    const store = await target();
    await store.append({ aggregate: ORDERS, id: 'taken' }, [new OrderPlaced(3)], { expected: 'none' });
    const source = () => castoreTable({ client, tableName: table });
    const before = await itemsOf(store);
    const dry = await migrate(source(), store, { map: mapOdd, dryRun: true });
    expect(await itemsOf(store)).toEqual(before);
    const done = await migrate(source(), store, { map: mapOdd });
    const sorted = ({ problems }: MigrationReport) => problems.map(({ kind, place }) => `${kind} ${place}`).sort();
    const [merged] = done.problems.filter(({ kind }) => kind === 'merged');
    expect(sorted(done)).toEqual([
      'collision ORDERS/taken 1',
      'gap ORDERS/gap 4',
      'gap ORDERS/zero 0',
      `merged ${merged!.place}`,
      'unmappable ORDERS/unmapped 1',
      'unreadable ORDERS#odd 1',
    ]);
    expect(sorted(dry)).toEqual(sorted(done));
    expect(comparable(dry)).toEqual(comparable(done));
    expect([done.stored, done.refused]).toEqual([3 + 2 + 1, 2 + 2 + 2 + 1 + 1 + 1]);
    expect(done.stored + done.refused + done.dropped + done.present).toBe(done.events);
  });

  it('but for gaps, which can be closed up', async () => {
    const store = await target();
    const only = (event: Parameters<typeof mapForeignEvent>[0]) =>
      event.id === 'gap' || event.id === 'zero' ? mapForeignEvent(event) : undefined;
    const done = await migrate(castoreTable({ client, tableName: table }), store, { map: only, gaps: 'close' });
    expect(done.stored).toBe(6);
    expect((await store.head({ aggregate: ORDERS, id: 'gap' })).version).toBe(4);
    expect((await store.head({ aggregate: ORDERS, id: 'zero' })).version).toBe(2);
  });
});
