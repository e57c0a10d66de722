import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  type AttributeValue,
} from '@aws-sdk/client-dynamodb';
import { addLine, LINE_ADDED, NO_LINES, type LineAddedData, type OrderState } from '../works/order-events.js';
import { SNAPSHOT_STREAM } from '../works/works.js';
import { clientConfig } from './client-config.js';
import type { Contestant, ContestantSetup, Loaded, TableSum } from './contestant.js';

type Item = Record<string, AttributeValue>;

interface Writer {
  readonly id: string;
  version: number;
  state: OrderState;
}

interface StoredEvent {
  readonly type: string;
  readonly payload: LineAddedData;
}

/** One more than the longest tail that a stream with snapshots every 100 has at this bench, and some room. */
const SNAPSHOT_QUERY_LIMIT = 16;
const SCAN_SEGMENTS = 4;

/** The bare SDK with its defaults: one item per commit, its events as one JSON string. What a store is measured against. */
class Floor implements Contestant<Writer> {
  readonly cannot = {};
  private readonly client: DynamoDBClient;

  constructor(private readonly setup: ContestantSetup) {
    this.client = new DynamoDBClient(clientConfig(setup.endpoint));
  }

  async createTables(): Promise<void> {
    await this.client.send(
      new CreateTableCommand({
        TableName: this.setup.table,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ],
      }),
    );
  }

  async begin(id: string, first: LineAddedData): Promise<Writer> {
    const writer = { id, version: 0, state: NO_LINES };
    await this.append(writer, [first]);
    return writer;
  }

  async open(id: string): Promise<Writer> {
    return { id, ...(await this.load(id)) };
  }

  async append(writer: Writer, events: readonly LineAddedData[]): Promise<void> {
    await this.client.send(new PutItemCommand(this.put(writer, events)));
    writer.version += events.length;
  }

  async load(id: string): Promise<Loaded> {
    return this.fold(id, { version: 0, state: NO_LINES });
  }

  beginWithSnapshots(id: string, first: LineAddedData): Promise<Writer> {
    return this.begin(id, first);
  }

  async appendWithSnapshots(writer: Writer, events: readonly LineAddedData[]): Promise<void> {
    await this.append(writer, events);
    if (writer.version !== SNAPSHOT_STREAM.snapshotAt) return;
    const { version, state } = await this.load(writer.id);
    await this.client.send(
      new PutItemCommand({
        TableName: this.setup.table,
        Item: {
          pk: { S: writer.id },
          sk: { S: 's#' },
          version: { N: String(version) },
          state: { S: JSON.stringify(state) },
        },
      }),
    );
  }

  /** The snapshot sorts last, so one backward query finds it and the newest commits. */
  async loadFromSnapshot(id: string): Promise<Loaded> {
    const { Items = [] } = await this.client.send(
      new QueryCommand({
        TableName: this.setup.table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: id } },
        ConsistentRead: true,
        ScanIndexForward: false,
        Limit: SNAPSHOT_QUERY_LIMIT,
      }),
    );
    const [snapshot, ...commits] = Items;
    const from = Number(snapshot?.['version']?.N);
    let loaded: Loaded = { version: from, state: JSON.parse(snapshot?.['state']?.S ?? '') as OrderState };
    for (const item of commits.reverse()) if (versionOf(item) > from) loaded = foldItem(loaded, item);
    return loaded;
  }

  async update(writer: Writer, event: LineAddedData): Promise<void> {
    await this.append(writer, [event]);
    writer.state = addLine(writer.state, event);
  }

  async appendAfterLoss(writer: Writer, event: LineAddedData): Promise<void> {
    try {
      await this.append(writer, [event]);
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const newer = await this.fold(writer.id, writer);
      await this.append(Object.assign(writer, newer), [event]);
    }
  }

  async appendToAll(writers: readonly Writer[], event: LineAddedData): Promise<void> {
    await this.client.send(
      new TransactWriteItemsCommand({ TransactItems: writers.map((writer) => ({ Put: this.put(writer, [event]) })) }),
    );
    for (const writer of writers) writer.version += 1;
  }

  async catchUp(): Promise<TableSum> {
    const totals = new Map<string, OrderState>();
    const segments = Array.from({ length: SCAN_SEGMENTS }, (_, segment) => this.scan(segment, totals));
    await Promise.all(segments);
    const all = [...totals.values()];
    return {
      streams: all.length,
      events: all.reduce((sum, { lines }) => sum + lines, 0),
      cents: all.reduce((sum, { cents }) => sum + cents, 0),
    };
  }

  close(): Promise<void> {
    this.client.destroy();
    return Promise.resolve();
  }

  private put({ id, version }: Writer, events: readonly LineAddedData[]) {
    const stored = events.map((payload): StoredEvent => ({ type: LINE_ADDED, payload }));
    return {
      TableName: this.setup.table,
      Item: {
        pk: { S: id },
        sk: { S: sortKeyOf(version + 1) },
        at: { N: String(Date.now()) },
        events: { S: JSON.stringify(stored) },
      },
      ConditionExpression: 'attribute_not_exists(pk)',
    };
  }

  /** The stream from the version after `loaded` on. */
  private async fold(id: string, loaded: Loaded): Promise<Loaded> {
    let { version, state } = loaded;
    let startKey: Item | undefined;
    do {
      const page = await this.client.send(
        new QueryCommand({
          TableName: this.setup.table,
          KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
          ExpressionAttributeValues: {
            ':pk': { S: id },
            ':from': { S: sortKeyOf(loaded.version + 1) },
            ':to': { S: 'e#~' },
          },
          ConsistentRead: true,
          ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
        }),
      );
      for (const item of page.Items ?? []) ({ version, state } = foldItem({ version, state }, item));
      startKey = page.LastEvaluatedKey;
    } while (startKey !== undefined);
    return { version, state };
  }

  /** A scan gives the items of a stream together and in the order of versions, within a page and over pages. */
  private async scan(segment: number, totals: Map<string, OrderState>): Promise<void> {
    let startKey: Item | undefined;
    do {
      const page = await this.client.send(
        new ScanCommand({
          TableName: this.setup.table,
          Segment: segment,
          TotalSegments: SCAN_SEGMENTS,
          ConsistentRead: true,
          ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
        }),
      );
      for (const item of page.Items ?? []) {
        const id = item['pk']?.S ?? '';
        const { state } = foldItem({ version: 0, state: totals.get(id) ?? NO_LINES }, item);
        totals.set(id, state);
      }
      startKey = page.LastEvaluatedKey;
    } while (startKey !== undefined);
  }
}

function sortKeyOf(version: number): string {
  return `e#${String(version).padStart(16, '0')}`;
}

function versionOf(item: Item): number {
  return Number(item['sk']?.S?.slice(2));
}

function foldItem({ version, state }: Loaded, item: Item): Loaded {
  const events = JSON.parse(item['events']?.S ?? '') as readonly StoredEvent[];
  let next = state;
  for (const { payload } of events) next = addLine(next, payload);
  return { version: version + events.length, state: next };
}

export function create(setup: ContestantSetup): Contestant<Writer> {
  return new Floor(setup);
}
