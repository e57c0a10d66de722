import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  type AttributeValue,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { OrderStatus } from '../domain/order-status.js';
import { BY_CUSTOMER, BY_STATUS } from './order-summary.table.js';
import type { OrderSummary } from './order-summary.js';

export interface SummaryFilter {
  readonly customerId?: string | undefined;
  readonly status?: OrderStatus | undefined;
}

/** Place in a list: right after this order. */
export interface SummaryPosition {
  readonly orderId: string;
  readonly placedAt: string;
}

export interface SummaryPage {
  readonly items: readonly OrderSummary[];
  /** Whether there is more after the last item. */
  readonly more: boolean;
}

/** The read model cannot be reached or used; `cause` says why. */
export class ReadModelUnavailableError extends Error {
  override readonly name = 'ReadModelUnavailableError';
  constructor(operation: string, table: string, cause: unknown) {
    super(`${operation} on table ${table} failed.`, { cause });
  }
}

/** Items that one request looks at when only some of them will match. */
const FILTERED_AT_ONCE = 100;

type Item = Record<string, AttributeValue>;

/** Order summaries in their own table: `orderId`, `version` and the keys of the indexes beside the summary as JSON. */
export class OrderSummaryStore {
  constructor(
    private readonly client: DynamoDBClient,
    readonly tableName: string,
  ) {}

  /** Strongly consistent. */
  async find(orderId: string): Promise<OrderSummary | undefined> {
    const { Item } = await this.send('GetItem', () =>
      this.client.send(
        new GetItemCommand({ TableName: this.tableName, Key: { orderId: { S: orderId } }, ConsistentRead: true }),
      ),
    );
    return Item === undefined ? undefined : fromItem(Item);
  }

  /** Stores a summary if the one there still has the version it was made from. @returns Whether it was stored. */
  async replace(summary: OrderSummary, previousVersion: number | undefined): Promise<boolean> {
    const condition =
      previousVersion === undefined
        ? { ConditionExpression: 'attribute_not_exists(orderId)' }
        : {
            ConditionExpression: '#version = :previous',
            ExpressionAttributeNames: { '#version': 'version' },
            ExpressionAttributeValues: { ':previous': { N: String(previousVersion) } },
          };
    try {
      await this.send('PutItem', () =>
        this.client.send(new PutItemCommand({ TableName: this.tableName, Item: toItem(summary), ...condition })),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  /**
   * Newest first by time of placing; without any filter in no particular order, since no single key could hold all orders
   * without becoming too hot. Eventually consistent.
   */
  async list(filter: SummaryFilter, after: SummaryPosition | undefined, limit: number): Promise<SummaryPage> {
    const items: OrderSummary[] = [];
    let startKey = after === undefined ? undefined : startKeyOf(filter, after);
    do {
      // One more than asked for tells whether there is a next page.
      const page = await this.page(filter, startKey, limit + 1 - items.length);
      items.push(...page.items);
      startKey = page.next;
    } while (startKey !== undefined && items.length <= limit);
    return { items: items.slice(0, limit), more: items.length > limit };
  }

  private async page(
    { customerId, status }: SummaryFilter,
    ExclusiveStartKey: Item | undefined,
    Limit: number,
  ): Promise<{ items: OrderSummary[]; next: Item | undefined }> {
    const base = { TableName: this.tableName, ExclusiveStartKey, Limit };
    const [index, key, value] =
      customerId === undefined ? [BY_STATUS, 'status', status] : [BY_CUSTOMER, 'customerId', customerId];
    if (value === undefined) {
      const page = await this.send('Scan', () => this.client.send(new ScanCommand(base)));
      return { items: (page.Items ?? []).map(fromItem), next: page.LastEvaluatedKey };
    }
    // The orders of one customer are few, so the status among them is sorted out by the database as it reads them.
    const both = customerId !== undefined && status !== undefined;
    const evaluated = both ? Math.max(Limit, FILTERED_AT_ONCE) : Limit;
    const query = new QueryCommand({
      ...base,
      Limit: evaluated,
      IndexName: index,
      ScanIndexForward: false,
      KeyConditionExpression: '#key = :value',
      ...(both ? { FilterExpression: '#status = :status' } : {}),
      ExpressionAttributeNames: { '#key': key, ...(both ? { '#status': 'status' } : {}) },
      ExpressionAttributeValues: { ':value': { S: value }, ...(both ? { ':status': { S: status } } : {}) },
    });
    const page = await this.send('Query', () => this.client.send(query));
    return { items: (page.Items ?? []).map(fromItem), next: page.LastEvaluatedKey };
  }

  private async send<T>(operation: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) throw error;
      if (error instanceof Error && error.name === 'ValidationException') throw error;
      throw new ReadModelUnavailableError(operation, this.tableName, error);
    }
  }
}

function toItem(summary: OrderSummary): Item {
  const { orderId, customerId, status, version, placedAt } = summary;
  return {
    orderId: { S: orderId },
    version: { N: String(version) },
    customerId: { S: customerId },
    status: { S: status },
    placedKey: { S: placedKey({ orderId, placedAt }) },
    summary: { S: JSON.stringify(summary) },
  };
}

function fromItem(item: Item): OrderSummary {
  return JSON.parse(item['summary']?.S ?? '{}') as OrderSummary;
}

/** Orders placed at the same moment keep an order among themselves. */
function placedKey({ orderId, placedAt }: SummaryPosition): string {
  return `${placedAt}#${orderId}`;
}

function startKeyOf({ customerId, status }: SummaryFilter, position: SummaryPosition): Item {
  const orderId = { S: position.orderId };
  const key = { S: placedKey(position) };
  if (customerId !== undefined) return { orderId, customerId: { S: customerId }, placedKey: key };
  if (status !== undefined) return { orderId, status: { S: status }, placedKey: key };
  return { orderId };
}
