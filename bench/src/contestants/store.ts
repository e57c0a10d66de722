import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  ConcurrencyError,
  DynamoEventStore,
  reduceEvents,
  type RecordedEvent,
  type StreamHead,
} from 'nestjs-dynamo-event-store';
import { addLine, LINE_ADDED, NO_LINES, type LineAddedData, type OrderState } from '../works/order-events.js';
import { clientConfig } from './client-config.js';
import type { Contestant, ContestantSetup, Loaded } from './contestant.js';

interface Writer {
  head: StreamHead;
  state: OrderState;
}

/** An event without a class is read back as its payload. */
type Recorded = RecordedEvent<LineAddedData>;

const OF_THE_REPOSITORY = 'is what the repository does';

/** The library's store with plain events, and a client of its own. */
class Store implements Contestant<Writer> {
  readonly cannot = { 'load-snapshot': OF_THE_REPOSITORY, update: OF_THE_REPOSITORY, 'catch-up': 'see repository' };

  constructor(private readonly store: DynamoEventStore) {}

  async createTables(): Promise<void> {
    await this.store.createTable();
  }

  async begin(id: string, first: LineAddedData): Promise<Writer> {
    const stream = { aggregate: 'order', id };
    const head = await this.store.append(stream, [jsonEvent(first)], { expected: 'none' });
    return { head, state: NO_LINES };
  }

  async open(id: string): Promise<Writer> {
    return { head: await this.store.head({ aggregate: 'order', id }), state: NO_LINES };
  }

  async append(writer: Writer, events: readonly LineAddedData[]): Promise<void> {
    const { head } = writer;
    writer.head = await this.store.append(head.stream, events.map(jsonEvent), { expected: head });
  }

  async load(id: string): Promise<Loaded> {
    return reduceEvents(this.store.read<LineAddedData>({ aggregate: 'order', id }), fold, NO_LINES);
  }

  async appendAfterLoss(writer: Writer, event: LineAddedData): Promise<void> {
    try {
      await this.append(writer, [event]);
    } catch (error) {
      if (!(error instanceof ConcurrencyError)) throw error;
      // The commit that won comes with the refusal, and proves its end.
      const [conflict] = error.conflicts;
      if (conflict?.head === undefined) throw error;
      for (const won of conflict.winner) writer.state = fold(writer.state, won as Recorded);
      writer.head = conflict.head;
      await this.append(writer, [event]);
    }
  }

  async appendToAll(writers: readonly Writer[], event: LineAddedData): Promise<void> {
    const heads = await this.store.appendAll(
      writers.map(({ head }) => ({ stream: head.stream, events: [jsonEvent(event)], expected: head })),
    );
    for (const [index, writer] of writers.entries()) writer.head = heads[index] ?? writer.head;
  }

  close(): Promise<void> {
    this.store.close();
    return Promise.resolve();
  }
}

function jsonEvent(payload: LineAddedData) {
  return { type: LINE_ADDED, payload };
}

function fold(state: OrderState, { event }: Recorded): OrderState {
  return addLine(state, event);
}

export function create({ endpoint, table }: ContestantSetup): Contestant<Writer> {
  return new Store(new DynamoEventStore({ tableName: table, clientConfig: clientConfig(endpoint) }));
}

/** With a client of the caller's, which has the SDK's defaults. */
export function createWithClient({ endpoint, table }: ContestantSetup): Contestant<Writer> {
  const client = new DynamoDBClient(clientConfig(endpoint));
  return new Store(new DynamoEventStore({ tableName: table, client }));
}
