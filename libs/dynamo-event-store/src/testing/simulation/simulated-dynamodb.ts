import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../dynamo/item-size.js';
import { Database, type ConsumedUnits } from './operations/database.js';
import { TransactionTokens } from './operations/transaction-tokens.js';
import { operationOf } from './operations/dispatch.js';
import { streamsOperationOf } from './operations/streams-dispatch.js';
import { createTable } from './operations/tables.js';
import { Random } from './random.js';
import { SimulatedClient } from './simulated-client.js';
import type { SimulatedTableDefinition } from './storage/table-schema.js';
import type { ChangeStream } from './streams/change-stream.js';
import { checkStreamsOptions, streamBehaviour, type SimulatedStreamsOptions } from './streams/stream-options.js';
import type { SimulatedStreamsClient } from './streams/streams-client.js';
import { expireItems } from './time-to-live.js';
import type { VirtualTime } from './virtual-time.js';

export interface SimulatedDynamoDbOptions {
  /**
   * With it, a request travels, is applied at one instant, and its answer travels back, so that the requests of several
   * callers interleave. Without it, a request is applied when it is sent, and answered in a microtask.
   */
  readonly time?: VirtualTime;
  /** Where latencies, stale reads and what is left unprocessed come from. Default: `new Random(0)`. */
  readonly random?: Random;
  /** ms that a request travels, and an answer back; asked for each way. Only with `time`. Default: 1 to 10. */
  readonly latencyMs?: (random: Random) => number;
  /**
   * Eventually consistent reads, and all reads of indexes, that see an older state; each of them one instant of the past.
   * Default: none, they see the latest state.
   */
  readonly staleness?: {
    /** Probability that such a read sees the past, from 0 to 1. */
    readonly chance: number;
    /** How old its state is at most: in ms of virtual time; without `time`, in requests to the database. */
    readonly maxAge: number;
  };
  /** Probability that a request in a batch comes back as unprocessed. The first one never does. Default 0. */
  readonly unprocessed?: number;
  /**
   * ms that a `TransactWriteItems` holds its items before it is applied; other writes to them, and transactions, are
   * refused meanwhile with a transaction conflict. Only with `time`. Default: 0, no conflicts.
   */
  readonly transactionMs?: (random: Random) => number;
  /** How the streams of the tables behave that have one. */
  readonly streams?: SimulatedStreamsOptions;
}

/**
 * DynamoDB as its documentation describes it, in this process: for tests that run many thousands of requests, in the same
 * order every time. It knows items, indexes, expressions, transactions, batches, capacity, TTL and streams; no backups,
 * local secondary indexes or PartiQL. What it lacks is refused with `NotSimulatedError`; it never throttles.
 */
export class SimulatedDynamoDb {
  /** The first client; see `clientFor`. */
  readonly client: DynamoDBClient;
  readonly #options: SimulatedDynamoDbOptions;
  readonly #random: Random;
  readonly #database: Database;
  readonly #tokens = new TransactionTokens();
  #clients = 0;
  #streamsClients = 0;

  constructor(options: SimulatedDynamoDbOptions = {}) {
    this.#options = options;
    this.#random = options.random ?? new Random(0);
    const { time, staleness, unprocessed = 0, transactionMs, streams = {} } = options;
    const [stale, batches, transactions] = ['staleness', 'unprocessed', 'transactions'].map((label) =>
      this.#random.fork(label),
    ) as [Random, Random, Random];
    checkStreamsOptions(streams);
    const { chance, maxAge } = staleness ?? { chance: 0, maxAge: 0 };
    this.#database = new Database({
      now: () => time?.now(),
      staleness: () => (chance > 0 && stale.chance(chance) ? stale.next() * maxAge : 0),
      maxStaleness: chance > 0 ? maxAge : 0,
      leavesUnprocessed: () => unprocessed > 0 && batches.chance(unprocessed),
      transactionMs: () => (time === undefined ? 0 : (transactionMs?.(transactions) ?? 0)),
      streamBehaviour: (table) => streamBehaviour(streams, time !== undefined, this.#random.fork(`streams/${table}`)),
    });
    this.client = this.clientFor();
  }

  /** What all requests have cost so far. */
  get consumed(): ConsumedUnits {
    return this.#database.consumed;
  }

  /**
   * Another client on the same data, with latencies of its own: what one client does leaves those of the others as they
   * are. Its `send` takes commands and gives answers as the SDK's does; there is no retry, middleware or configuration.
   */
  clientFor(label = `client-${this.#clients++}`): DynamoDBClient {
    return this.#client(operationOf, label) as unknown as DynamoDBClient;
  }

  /**
   * A client of the streams on the same data, as `DynamoDBStreamsClient` of `@aws-sdk/client-dynamodb-streams`, with
   * latencies of its own. Its `send` takes `DescribeStream`, `GetShardIterator` and `GetRecords`. Its errors have the names
   * of the SDK's, not their classes.
   */
  streamsClientFor(label = `streams-client-${this.#streamsClients++}`): SimulatedStreamsClient {
    return this.#client(streamsOperationOf, label) as unknown as SimulatedStreamsClient;
  }

  /** Creates a table at once, without a request. @throws ResourceInUseException It exists. */
  createTable(name: string, definition: SimulatedTableDefinition): void {
    createTable({ ...definition, TableName: name }, this.#database);
  }

  /** Copies of all items, sorted by key. @throws ResourceNotFoundException */
  items(table: string): Item[] {
    return this.#database.table(table).items();
  }

  /**
   * Removes the items that expired before an instant, as DynamoDB does some time after, and returns how many. Time to live
   * must have been enabled. As in DynamoDB, a time more than five years ago is taken for a mistake, and the item stays.
   */
  expire(table: string, nowSeconds: number): number {
    const expired = this.#database.table(table);
    this.#database.tick();
    return expireItems(expired, nowSeconds);
  }

  /** Closes every open shard of the table's stream, each with one child. @throws ResourceNotFoundException */
  rollShards(table: string): void {
    this.#stream(table).replaceShards(1);
  }

  /** Closes every open shard of the table's stream, each with two children. @throws ResourceNotFoundException */
  splitShards(table: string): void {
    this.#stream(table).replaceShards(2);
  }

  #stream(table: string): ChangeStream {
    const { stream } = this.#database.table(table);
    if (stream === undefined) throw new Error(`Table ${table} has no stream.`);
    return stream;
  }

  #client(operation: typeof operationOf, label: string): SimulatedClient {
    const { time, latencyMs = (random: Random) => 1 + 9 * random.next() } = this.#options;
    const random = this.#random.fork(`latency/${label}`);
    return new SimulatedClient(operation, this.#database, this.#tokens, time, () => latencyMs(random));
  }
}
