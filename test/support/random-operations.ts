import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import type { Random } from '../../libs/dynamo-event-store/src/testing/simulation/index.js';
import { merged, named, PROJECTIONS, randomCondition, randomExtras, randomUpdate } from './random-expressions.js';
import { N, S, type Item } from './simulated-table.js';

/** A command that both engines take. */
export type RandomCommand =
  | BatchGetItemCommand
  | BatchWriteItemCommand
  | DeleteItemCommand
  | GetItemCommand
  | PutItemCommand
  | QueryCommand
  | TransactGetItemsCommand
  | TransactWriteItemsCommand
  | UpdateItemCommand;

const PARTITIONS = ['p', 'q'] as const;
/** In the order of UTF-8, which is not that of UTF-16. */
const SORT_KEYS = ['a', 'aa', 'b', 'é', '\uffff', '😀'] as const;

/** An endless sequence of commands on few keys, so that they meet; the same for the same random numbers. */
export class RandomOperations {
  #rank = 0;
  #tokens = 0;
  readonly #sent: TransactWriteItemsCommand[] = [];

  constructor(
    private readonly random: Random,
    private readonly table: string,
    /** Makes client request tokens that nobody else uses. */
    private readonly tokenPrefix: string,
  ) {}

  next(): RandomCommand {
    const make = this.random.pick([
      () => this.put(),
      () => this.put(),
      () => this.update(),
      () => this.update(),
      () => this.delete(),
      () => this.get(),
      () => this.query(),
      () => this.query(),
      () => this.queryIndex(),
      () => this.transactWrite(),
      () => this.transactWrite(),
      () => this.transactGet(),
      () => this.batchWrite(),
      () => this.batchGet(),
    ]);
    return make();
  }

  private key(): Item {
    return { pk: S(this.random.pick(PARTITIONS)), sk: S(this.random.pick(SORT_KEYS)) };
  }

  private keys(most: number): Item[] {
    const keys = new Map<string, Item>();
    for (let left = 1 + this.random.int(most); left > 0; left--) {
      const key = this.key();
      keys.set(JSON.stringify(key), key);
    }
    return [...keys.values()];
  }

  private item(key = this.key()): Item {
    const size = this.random.chance(0.2) ? this.random.int(6_000) : this.random.int(40);
    const indexed = this.random.chance(0.6) ? { grp: S(this.random.pick(['g', 'h'])), rnk: this.rank() } : {};
    return { ...key, ...randomExtras(this.random), ...indexed, f: S('x'.repeat(size)) };
  }

  /** A new one each time: of items with one rank an index has no order that could be compared. */
  private rank(): Item[string] {
    return N(((this.#rank++ * 7_919) % 100_003) - 50_000);
  }

  private condition(probability = 0.6): Record<string, unknown> {
    if (!this.random.chance(probability)) return {};
    return {
      ...named('ConditionExpression', randomCondition(this.random, 2)),
      ...(this.random.chance(0.7) ? { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } : {}),
    };
  }

  private put(): PutItemCommand {
    return new PutItemCommand({
      TableName: this.table,
      Item: this.item(),
      ReturnValues: this.random.pick(['NONE', 'ALL_OLD']),
      ReturnConsumedCapacity: 'INDEXES',
      ...this.condition(),
    });
  }

  private delete(): DeleteItemCommand {
    return new DeleteItemCommand({
      TableName: this.table,
      Key: this.key(),
      ReturnValues: this.random.pick(['NONE', 'ALL_OLD']),
      ReturnConsumedCapacity: 'INDEXES',
      ...this.condition(),
    });
  }

  private update(): UpdateItemCommand {
    const { expression, nested } = randomUpdate(this.random, () => this.rank());
    return new UpdateItemCommand({
      TableName: this.table,
      Key: this.key(),
      ReturnConsumedCapacity: 'INDEXES',
      // DynamoDB Local returns whole attributes where DynamoDB returns what was changed inside of them.
      ReturnValues: this.random.pick([
        'NONE',
        'ALL_OLD',
        'ALL_NEW',
        ...(nested ? [] : ['UPDATED_OLD', 'UPDATED_NEW']),
      ]) as 'NONE',
      ...merged(named('UpdateExpression', expression), this.condition(0.3)),
    });
  }

  private get(): GetItemCommand {
    return new GetItemCommand({
      TableName: this.table,
      Key: this.key(),
      ConsistentRead: this.random.chance(0.5),
      ReturnConsumedCapacity: 'INDEXES',
      ...(this.random.chance(0.4) ? { ProjectionExpression: this.random.pick(PROJECTIONS) } : {}),
    });
  }

  private query(): QueryCommand {
    const paging = this.paging();
    const isPaged = 'Limit' in paging || this.random.chance(0.3);
    // Where a full page ends right at its bound, DynamoDB Local gives no last key, and takes none. So there is no item there.
    const bound = (): string => this.random.pick(SORT_KEYS) + (isPaged ? '!' : '');
    const [low, high] = [bound(), bound()];
    const [text, values] = this.random.pick<[string, Item]>([
      ['', {}],
      [' AND sk = :low', { ':low': S(low) }],
      [' AND sk > :low', { ':low': S(low) }],
      [' AND sk >= :low', { ':low': S(low) }],
      [' AND :low > sk', { ':low': S(low) }],
      [' AND sk <= :low', { ':low': S(low) }],
      [' AND begins_with(sk, :low)', { ':low': S(low) }],
      [' AND sk BETWEEN :low AND :high', { ':low': S(low), ':high': S(high) }],
    ]);
    const pk = S(this.random.pick(PARTITIONS));
    const start = { ...this.key(), ...(this.random.chance(0.9) ? { pk } : {}) };
    return new QueryCommand({
      TableName: this.table,
      ConsistentRead: this.random.chance(0.5),
      ...(isPaged && this.random.chance(0.5) ? { ExclusiveStartKey: start } : {}),
      ...paging,
      ...merged(
        { KeyConditionExpression: `pk = :pk${text}`, ExpressionAttributeValues: { ':pk': pk, ...values } },
        this.random.chance(0.3) ? named('FilterExpression', randomCondition(this.random, 1)) : {},
      ),
    });
  }

  private queryIndex(): QueryCommand {
    const IndexName = this.random.pick(['keys', 'some', 'all']);
    const range = this.random.chance(0.5) ? ' AND rnk > :rank' : '';
    return new QueryCommand({
      TableName: this.table,
      IndexName,
      KeyConditionExpression: `grp = :group${range}`,
      ExpressionAttributeValues: {
        ':group': S(this.random.pick(['g', 'h'])),
        ...(range === '' ? {} : { ':rank': N(this.random.int(60_000) - 50_000) }),
      },
      ...this.paging(),
    });
  }

  private paging(): Record<string, unknown> {
    return {
      ScanIndexForward: this.random.chance(0.5),
      ReturnConsumedCapacity: 'INDEXES',
      ...(this.random.chance(0.5) ? { Limit: 1 + this.random.int(5) } : {}),
      ...(this.random.chance(0.2) ? { Select: 'COUNT' } : {}),
    };
  }

  private transactWrite(): TransactWriteItemsCommand {
    if (this.#sent.length > 0 && this.random.chance(0.1)) return this.random.pick(this.#sent);
    const command = new TransactWriteItemsCommand({
      TransactItems: this.keys(4).map((key) => this.action(key)),
      ...(this.random.chance(0.4) ? { ClientRequestToken: this.token() } : {}),
    });
    if (command.input.ClientRequestToken !== undefined) this.#sent.push(command);
    return command;
  }

  /** Mostly a new one. */
  private token(): string {
    if (this.#tokens === 0 || this.random.chance(0.9)) this.#tokens++;
    return `${this.tokenPrefix}-${this.#tokens}`;
  }

  /** Updates that fit any item: those that do not, DynamoDB Local refuses in another way than DynamoDB. */
  private action(Key: Item): TransactWriteItem {
    const common = { TableName: this.table, ...this.condition(0.5) };
    const values = { ':t': S(this.random.pick(['x', 'y'])) };
    const set = { UpdateExpression: 'SET t = :t REMOVE c', ExpressionAttributeValues: values };
    return this.random.pick<() => TransactWriteItem>([
      () => ({ Put: { ...common, Item: this.item(Key) } }),
      () => ({ Delete: { ...common, Key } }),
      () => ({ Update: { Key, ...merged(set, common) } }),
      () => ({
        ConditionCheck: {
          TableName: this.table,
          Key,
          ConditionExpression: '',
          ...named('ConditionExpression', randomCondition(this.random, 1)),
          ReturnValuesOnConditionCheckFailure: this.random.pick(['NONE', 'ALL_OLD']),
        },
      }),
    ])();
  }

  private transactGet(): TransactGetItemsCommand {
    return new TransactGetItemsCommand({
      TransactItems: this.keys(4).map((Key) => ({
        Get: {
          TableName: this.table,
          Key,
          ...(this.random.chance(0.4) ? { ProjectionExpression: this.random.pick(PROJECTIONS) } : {}),
        },
      })),
    });
  }

  private batchWrite(): BatchWriteItemCommand {
    const requests = this.keys(6).map((Key) =>
      this.random.chance(0.5) ? { PutRequest: { Item: this.item(Key) } } : { DeleteRequest: { Key } },
    );
    return new BatchWriteItemCommand({ RequestItems: { [this.table]: requests } });
  }

  private batchGet(): BatchGetItemCommand {
    const ConsistentRead = this.random.chance(0.5);
    return new BatchGetItemCommand({ RequestItems: { [this.table]: { Keys: this.keys(6), ConsistentRead } } });
  }
}
