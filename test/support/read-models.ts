import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoRequests } from '../../libs/dynamo-event-store/src/dynamo/dynamo-requests.js';
import { DynamoReadModelStore } from '../../libs/dynamo-event-store/src/dynamo/read-model/dynamo-read-model-store.js';
import { readModelTableDefinition } from '../../libs/dynamo-event-store/src/dynamo/read-model/view-schema.js';
import type { StreamId } from '../../libs/dynamo-event-store/src/event/stream-id.js';
import type { ProgressStep } from '../../libs/dynamo-event-store/src/projection/progress-fence.js';
import { defineView, type ViewWriter } from '../../libs/dynamo-event-store/src/projection/view.js';
import type { Backoff } from '../../libs/dynamo-event-store/src/store/backoff.js';
import { SimulatedDynamoDb } from '../../libs/dynamo-event-store/src/testing/simulation/index.js';

export const VIEWS_TABLE = 'events-views';

export interface OrderSummary {
  readonly customerId: string;
  readonly status: string;
  readonly placedAt: Date;
  readonly applied: readonly number[];
}

/** Keyed by stream, found by customer and by status. */
export const orderSummary = defineView<OrderSummary, 'byCustomer' | 'open'>({
  name: 'order-summary',
  keyedBy: 'stream',
  indexes: {
    byCustomer: {
      partition: (order) => order.customerId,
      sort: (order) => order.placedAt.toISOString(),
    },
    open: { partition: (order) => (order.status === 'open' ? 'all' : undefined) },
  },
});

/** Keyed by stream, without indexes. */
export const ledger = defineView<{ readonly applied: readonly number[]; readonly note?: string }>({
  name: 'ledger',
  keyedBy: 'stream',
});

export interface Sales {
  readonly product: string;
  readonly quantity: number;
  readonly orders: number;
}

/** Shared by all streams, in one projection with `buyers` and `orderLog`. */
export const sales = defineView<Sales>({ name: 'sales', projection: 'selling', keyedBy: 'key' });

export const buyers = defineView<{ readonly orders: readonly string[] }, 'busy'>({
  name: 'buyers',
  projection: 'selling',
  keyedBy: 'key',
  indexes: { busy: { partition: ({ orders }) => (orders.length > 1 ? 'busy' : undefined) } },
});

export const orderLog = defineView<{ readonly applied: readonly number[] }>({
  name: 'order-log',
  projection: 'selling',
  keyedBy: 'stream',
});

export const selling = [sales, buyers, orderLog];

export interface ReadModelsOptions {
  readonly client: DynamoDBClient;
  readonly tableName?: string;
  readonly backoff?: Backoff;
  readonly generation?: () => number;
  readonly cacheSize?: number;
}

export function readModels({
  client,
  tableName = VIEWS_TABLE,
  backoff = () => Promise.resolve(),
  generation = () => 1,
  cacheSize,
}: ReadModelsOptions): DynamoReadModelStore {
  return new DynamoReadModelStore({
    requests: new DynamoRequests(() => client, backoff),
    tableName: () => tableName,
    activeGeneration: () => Promise.resolve(generation()),
    cacheSize,
  });
}

/** A simulated database with the table of read models. */
export function simulatedViews(options: ConstructorParameters<typeof SimulatedDynamoDb>[0] = {}): SimulatedDynamoDb {
  const database = new SimulatedDynamoDb(options);
  database.createTable(VIEWS_TABLE, readModelTableDefinition(VIEWS_TABLE));
  return database;
}

export function order(id: string, tenant?: string): StreamId {
  return tenant === undefined ? { aggregate: 'order', id } : { aggregate: 'order', id, tenant };
}

export function stepOf(projection: string, stream: StreamId, from: number, to: number, generation = 1): ProgressStep {
  return { projection, generation, stream, from, to };
}

/** The work of a step that waits for nothing. */
export function doing(change: (views: ViewWriter) => void): (views: ViewWriter) => Promise<void> {
  return (views) =>
    Promise.resolve().then(() => {
      change(views);
    });
}
