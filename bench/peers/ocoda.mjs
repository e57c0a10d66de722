/** ocoda's event sourcing for NestJS: one item per event, the payload as a Map attribute, class-transformer both ways. */
import 'reflect-metadata';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import ocoda from '@ocoda/event-sourcing';
import events from '@ocoda/event-sourcing/dist/integration/event-store/dynamodb.event-store.js';
import snapshotting from '@ocoda/event-sourcing/dist/integration/snapshot-store/dynamodb.snapshot-store.js';
import { addLine, clientConfig, NO_LINES, tableOf } from './order-state.mjs';

const {
  Aggregate,
  AggregateRoot,
  DefaultEventSerializer,
  Event,
  EventMap,
  EventStream,
  Id,
  Snapshot,
  SnapshotHandler,
} = ocoda;

const UNCONDITIONAL = 'unconditional write';
const cannot = {
  'load-1000-packed': 'one item per event',
  update: 'no cache',
  conflict: 'takes both events, and keeps the later one',
  'save-all-5': 'not atomic',
  'catch-up': 'no projections',
};
const remarks = {
  'append-1': UNCONDITIONAL,
  'append-1-x32': UNCONDITIONAL,
  'append-10': `${UNCONDITIONAL}, not atomic`,
};

class LineAdded {
  constructor(customer, line, at) {
    this.customer = customer;
    this.line = line;
    this.at = at;
  }
}
Event('line-added')(LineAdded);

class Order extends AggregateRoot {
  state = NO_LINES;

  onLineAdded(event) {
    this.state = addLine(this.state, event);
  }
}
Aggregate({ streamName: 'order' })(Order);

class OrderSnapshots extends SnapshotHandler {
  serialize({ state }) {
    return state;
  }

  deserialize(state) {
    const order = new Order();
    order.state = state;
    return order;
  }
}
Snapshot(Order, { name: 'order', interval: 100 })(OrderSnapshots);

export function create({ endpoint, table: pool }) {
  const client = new DynamoDBClient(clientConfig(endpoint));
  const eventMap = new EventMap();
  eventMap.register(LineAdded, DefaultEventSerializer.for(LineAdded));
  const store = new events.DynamoDBEventStore(eventMap, client);
  // What is published, and to whom, is not measured.
  store.publish = () => undefined;
  const snapshots = new OrderSnapshots(new snapshotting.DynamoDBSnapshotStore(client));
  const idOf = (id) => Id.from(id);
  const streamOf = (id) => EventStream.for(Order, idOf(id));

  const contestant = {
    cannot,
    remarks,
    /** The tables that its `setup` makes, which asks for two billing modes at once. */
    async createTables() {
      const key = [
        ['streamId', 'S'],
        ['version', 'N'],
      ];
      const aggregates = {
        name: 'aggregate_index',
        hash: ['aggregateName', 'S'],
        range: ['latest', 'S'],
        projection: 'ALL',
      };
      await client.send(new CreateTableCommand(tableOf(`${pool}-events`, ...key)));
      await client.send(new CreateTableCommand(tableOf(`${pool}-snapshots`, ...key, [aggregates])));
    },
    async begin(id, first) {
      const writer = { id, order: new Order() };
      await contestant.append(writer, [first]);
      return writer;
    },
    async open(id) {
      const order = new Order();
      await order.loadFromHistory(store.getEvents(streamOf(id), { pool }));
      return { id, order };
    },
    async append({ id, order }, lines) {
      for (const { customer, line, at } of lines) order.applyEvent(new LineAdded(customer, line, at));
      await store.appendEvents(streamOf(id), order.version, order.commit(), pool);
    },
    async load(id) {
      const { order } = await contestant.open(id);
      return { version: order.version, state: order.state };
    },
    beginWithSnapshots: (id, first) => contestant.begin(id, first),
    async appendWithSnapshots(writer, events) {
      await contestant.append(writer, events);
      await snapshots.save(idOf(writer.id), writer.order, pool);
    },
    async loadFromSnapshot(id) {
      const order = await snapshots.load(idOf(id), pool);
      await order.loadFromHistory(store.getEvents(streamOf(id), { pool, fromVersion: order.version + 1 }));
      return { version: order.version, state: order.state };
    },
    async close() {
      client.destroy();
    },
  };
  return contestant;
}
