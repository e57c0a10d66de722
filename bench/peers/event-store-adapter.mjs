/** event-store-adapter-js: journal and snapshot in two tables, JSON as bytes, one event a call. */
import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import adapter from 'event-store-adapter-js';
import { addLine, clientConfig, NO_LINES, tableOf } from './order-state.mjs';

const { EventStoreFactory, OptimisticLockError } = adapter;

const SHARDS = 32;
const ONE = 'one event a call';
const cannot = {
  'append-10': ONE,
  'append-100': ONE,
  'load-1000-packed': ONE,
  update: 'no cache',
  'save-all-5': ONE,
  'catch-up': 'no projections',
};

class OrderId {
  typeName = 'order';

  constructor(value) {
    this.value = value;
  }

  asString() {
    return `order-${this.value}`;
  }
}

class Order {
  typeName = 'Order';

  constructor(id, sequenceNumber, version, state) {
    Object.assign(this, { id, sequenceNumber, version, state });
  }

  add(payload) {
    return new Order(this.id, this.sequenceNumber + 1, this.version, addLine(this.state, payload));
  }

  withVersion(version) {
    return new Order(this.id, this.sequenceNumber, version, this.state);
  }

  updateVersion(change) {
    return this.withVersion(change(this.version));
  }
}

function lineAdded(order, payload) {
  const { id: aggregateId, sequenceNumber } = order;
  return {
    typeName: 'line-added',
    id: randomUUID(),
    aggregateId,
    sequenceNumber,
    occurredAt: new Date(),
    isCreated: sequenceNumber === 1,
    payload,
  };
}

function toEvent({ data }) {
  return { ...data, aggregateId: new OrderId(data.aggregateId.value), occurredAt: new Date(data.occurredAt) };
}

function toOrder({ data }) {
  return new Order(new OrderId(data.id.value), data.sequenceNumber, data.version, data.state);
}

export function create({ endpoint, table }) {
  const client = new DynamoDBClient(clientConfig(endpoint));
  const [journal, snapshot] = [`${table}-journal`, `${table}-snapshot`];
  const store = EventStoreFactory.ofDynamoDB(
    client,
    journal,
    snapshot,
    'journal-aid-index',
    'snapshots-aid-index',
    SHARDS,
    toEvent,
    toOrder,
  );
  const find = async (id) => {
    const latest = await store.getLatestSnapshotById(new OrderId(id));
    const events = await store.getEventsByIdSinceSequenceNumber(latest.id, latest.sequenceNumber + 1);
    return events.reduce((order, { payload }) => order.add(payload), latest);
  };

  const contestant = {
    cannot,
    async createTables() {
      const keys = [
        ['pkey', 'S'],
        ['skey', 'S'],
      ];
      const index = (name) => [{ name, hash: ['aid', 'S'], range: ['seq_nr', 'N'], projection: 'ALL' }];
      await client.send(new CreateTableCommand(tableOf(journal, ...keys, index('journal-aid-index'))));
      await client.send(new CreateTableCommand(tableOf(snapshot, ...keys, index('snapshots-aid-index'))));
    },
    async begin(id, first) {
      const order = new Order(new OrderId(id), 0, 1, NO_LINES).add(first);
      await store.persistEventAndSnapshot(lineAdded(order, first), order);
      return { order };
    },
    async open(id) {
      return { order: await find(id) };
    },
    async append(writer, [payload]) {
      const order = writer.order.add(payload);
      await store.persistEvent(lineAdded(order, payload), order.version);
      writer.order = order.withVersion(order.version + 1);
    },
    async load(id) {
      const { sequenceNumber, state } = await find(id);
      return { version: sequenceNumber, state };
    },
    beginWithSnapshots: (id, first) => contestant.begin(id, first),
    async appendWithSnapshots(writer, [payload]) {
      if (writer.order.sequenceNumber !== 99) return contestant.append(writer, [payload]);
      const order = writer.order.add(payload);
      await store.persistEventAndSnapshot(lineAdded(order, payload), order);
      writer.order = order.withVersion(order.version + 1);
    },
    loadFromSnapshot: (id) => contestant.load(id),
    async appendAfterLoss(writer, event) {
      try {
        await contestant.append(writer, [event]);
      } catch (error) {
        if (!(error instanceof OptimisticLockError)) throw error;
        writer.order = await find(writer.order.id.value);
        await contestant.append(writer, [event]);
      }
    },
    async close() {
      client.destroy();
    },
  };
  return contestant;
}
