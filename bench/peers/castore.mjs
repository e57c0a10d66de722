/** castore: one item per event, the payload as a Map attribute; several events in one transaction. */
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { eventAlreadyExistsErrorCode, EventStore, EventType } from '@castore/core';
import { DynamoDBSingleTableEventStorageAdapter } from '@castore/event-storage-adapter-dynamodb';
import { addLine, clientConfig, NO_LINES, tableOf } from './order-state.mjs';

const TYPE = 'line-added';
const cannot = {
  'load-1000-packed': 'one item per event',
  'load-snapshot': 'no snapshots',
  update: 'no cache',
  'catch-up': 'no projections',
};

export function create({ endpoint, table }) {
  const client = new DynamoDBClient(clientConfig(endpoint));
  const store = new EventStore({
    eventStoreId: 'ORDERS',
    eventTypes: [new EventType({ type: TYPE })],
    reducer: (order, event) =>
      addLine({ ...(order ?? NO_LINES), aggregateId: event.aggregateId, version: event.version }, event.payload),
    eventStorageAdapter: new DynamoDBSingleTableEventStorageAdapter({ tableName: table, dynamoDBClient: client }),
  });
  const detail = (writer, payload, ahead = 1) => ({
    aggregateId: writer.id,
    version: writer.version + ahead,
    type: TYPE,
    payload,
  });

  const contestant = {
    cannot,
    async createTables() {
      const initialEvents = {
        name: 'initialEvents',
        hash: ['eventStoreId', 'S'],
        range: ['timestamp', 'S'],
        projection: 'KEYS_ONLY',
      };
      await client.send(
        new CreateTableCommand(tableOf(table, ['aggregateId', 'S'], ['version', 'N'], [initialEvents])),
      );
    },
    async begin(id, first) {
      const writer = { id, version: 0 };
      await contestant.append(writer, [first]);
      return writer;
    },
    async open(id) {
      return { id, version: (await contestant.load(id)).version };
    },
    async append(writer, events) {
      const [only] = events;
      if (events.length === 1) await store.pushEvent(detail(writer, only));
      else
        await EventStore.pushEventGroup(
          ...events.map((payload, index) => store.groupEvent(detail(writer, payload, index + 1))),
        );
      writer.version += events.length;
    },
    async load(id) {
      const { aggregate } = await store.getAggregate(id);
      return { version: aggregate.version, state: aggregate };
    },
    async appendAfterLoss(writer, event) {
      try {
        await contestant.append(writer, [event]);
      } catch (error) {
        if (error.code !== eventAlreadyExistsErrorCode) throw error;
        writer.version = (await contestant.load(writer.id)).version;
        await contestant.append(writer, [event]);
      }
    },
    async appendToAll(writers, event) {
      await EventStore.pushEventGroup(...writers.map((writer) => store.groupEvent(detail(writer, event))));
      for (const writer of writers) writer.version += 1;
    },
    async close() {
      client.destroy();
    },
  };
  return contestant;
}
