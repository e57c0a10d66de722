import { DescribeTableCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { READ_UNIT_BYTES } from '../cost/read-units.js';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import type { CommitNotice } from '../feed/commit-notice.js';
import type { UnreadableCommit } from '../feed/feed-source.js';
import type { ScanEstimate, ScanPage, TableScan } from '../feed/table-scan.js';
import type { DynamoRequests } from './dynamo-requests.js';
import type { Item } from './item-size.js';
import { newsOfItem } from './notice-of-item.js';
import { decodeScanCursor, encodeScanCursor } from './scan-cursor.js';
import { ATTRIBUTES } from './table-schema.js';

/** Limit of DynamoDB. */
const MAX_SEGMENTS = 1_000_000;

/**
 * Reads the event table with parallel `Scan`s: strongly consistent, pages of 1 MB. What has expired is left out, whether
 * DynamoDB has deleted it yet or not. A commit in parts is news only, since its parts may lie on the next page.
 */
export class DynamoTableScan implements TableScan {
  constructor(
    private readonly requests: DynamoRequests,
    private readonly tableName: () => string,
    private readonly clock: () => Date,
  ) {}

  async estimate(): Promise<ScanEstimate> {
    const table = this.tableName();
    const { Table } = await this.requests.send({ operation: 'estimate scan', table }, (client) =>
      client.send(new DescribeTableCommand({ TableName: table })),
    );
    const bytes = Table?.TableSizeBytes ?? 0;
    return { items: Table?.ItemCount ?? 0, bytes, readUnits: Math.ceil(bytes / READ_UNIT_BYTES) };
  }

  /** @throws InvalidArgumentError There is no such segment, or the cursor does not belong to it. */
  async *pages(segment: number, segments: number, cursor?: string): AsyncGenerator<ScanPage, void, undefined> {
    checkSegment(segment, segments);
    const part = { segment, segments };
    let startKey = cursor === undefined ? undefined : decodeScanCursor(cursor, part);
    do {
      const page = await this.scan(segment, segments, startKey);
      startKey = page.LastEvaluatedKey;
      const items = page.Items ?? [];
      yield {
        ...this.newsOf(items),
        items: items.length,
        readUnits: page.ConsumedCapacity?.CapacityUnits ?? 0,
        ...(startKey === undefined ? {} : { cursor: encodeScanCursor(startKey, part) }),
      };
    } while (startKey !== undefined);
  }

  private scan(segment: number, segments: number, startKey: Item | undefined) {
    const table = this.tableName();
    const input = {
      TableName: table,
      Segment: segment,
      TotalSegments: segments,
      ConsistentRead: true,
      ReturnConsumedCapacity: 'TOTAL' as const,
      ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
    };
    return this.requests.send({ operation: 'scan', table }, (client) => client.send(new ScanCommand(input)));
  }

  private newsOf(items: readonly Item[]): Pick<ScanPage, 'notices' | 'unreadable'> {
    const notices: CommitNotice[] = [];
    const unreadable: UnreadableCommit[] = [];
    const now = this.clock().getTime();
    for (const item of items) {
      if (isExpired(item, now)) continue;
      const news = newsOfItem(item);
      if (news === undefined) continue;
      if ('notice' in news) notices.push(news.notice);
      else unreadable.push(news.unreadable);
    }
    return { notices, unreadable };
  }
}

function isExpired(item: Item, now: number): boolean {
  const ttl = item[ATTRIBUTES.ttl]?.N;
  return ttl !== undefined && Number(ttl) * 1000 <= now;
}

function checkSegment(segment: number, segments: number): void {
  if (!Number.isInteger(segments) || segments < 1 || segments > MAX_SEGMENTS)
    throw new InvalidArgumentError('segments', `is ${segments}, but must be a whole number from 1 to ${MAX_SEGMENTS}.`);
  if (!Number.isInteger(segment) || segment < 0 || segment >= segments)
    throw new InvalidArgumentError('segment', `is ${segment}, but must be a whole number from 0 to ${segments - 1}.`);
}
