import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DynamoEventStore } from 'nestjs-dynamo-event-store';
import { DynamoRequests } from '../../libs/dynamo-event-store/src/dynamo/dynamo-requests.js';
import { DynamoTableScan } from '../../libs/dynamo-event-store/src/dynamo/dynamo-table-scan.js';
import type { ScanPage } from '../../libs/dynamo-event-store/src/feed/table-scan.js';
import { jitteredBackoff } from '../../libs/dynamo-event-store/src/store/backoff.js';
import { uniqueTableName } from '../support/dynamodb.js';
import { recordingClient } from '../support/recording-client.js';

const STREAMS = 60;
const tableName = uniqueTableName('scan');
const wire = recordingClient();
const store = new DynamoEventStore({ client: wire.client, tableName });
const scan = new DynamoTableScan(
  new DynamoRequests(() => wire.client, jitteredBackoff),
  () => tableName,
  () => new Date(),
);
const noted = (payload: unknown) => ({ type: 'noted', payload });
const expected: string[] = [];

async function pagesOf(segment: number, segments: number, cursor?: string): Promise<ScanPage[]> {
  const pages: ScanPage[] = [];
  for await (const page of scan.pages(segment, segments, cursor)) pages.push(page);
  return pages;
}

const labelsOf = (pages: readonly ScanPage[]): string[] =>
  pages.flatMap(({ notices }) => notices.map(({ stream, first, last }) => `${stream.id}:${first}-${last}`));

beforeAll(async () => {
  await store.createTable();
  for (let index = 0; index < STREAMS; index++) {
    const stream = { aggregate: 'order', id: `o-${index}` };
    const head = await store.append(stream, [noted(randomBytes(15_000).toString('base64')), noted(2)], {
      expected: 'none',
    });
    await store.append(stream, [noted(3)], { expected: head, idempotencyKey: 'k' });
    expected.push(`o-${index}:1-2`, `o-${index}:3-3`);
  }
  const large = { aggregate: 'order', id: 'large' };
  const head = await store.append(large, [noted(randomBytes(1_200_000).toString('base64'))], { expected: 'none' });
  await store.append(large, [noted(2)], { expected: head });
  expected.push('large:1-1', 'large:2-2');
});
afterAll(() => {
  wire.client.destroy();
});

describe('the scan of a table on DynamoDB', () => {
  it.each([1, 4])('finds every commit once in %d segments, those of a stream in order', async (segments) => {
    wire.reset();
    const all = await Promise.all(Array.from({ length: segments }, (_, segment) => pagesOf(segment, segments)));
    const labels = all.flatMap(labelsOf);
    expect([...labels].sort()).toEqual([...expected].sort());
    for (let index = 0; index < STREAMS; index++)
      expect(labels.indexOf(`o-${index}:1-2`)).toBeLessThan(labels.indexOf(`o-${index}:3-3`));
    for (const { operation, input } of wire.requests)
      expect([operation, input['ConsistentRead'], input['TotalSegments']]).toEqual(['Scan', true, segments]);
  });

  it('gives pages of 1 MB with their cost, and goes on from the cursor of each', async () => {
    const pages = await pagesOf(0, 1);
    expect(pages.length).toBeGreaterThan(2);
    // 1 MB and the item that goes beyond it.
    for (const page of pages.slice(0, -1)) expect(page.readUnits).toBeLessThanOrEqual(256 + 100);
    const units = pages.reduce((sum, { readUnits }) => sum + readUnits, 0);
    // Random bytes do not compress below themselves.
    expect(units).toBeGreaterThan((STREAMS * 15_000 + 1_200_000) / 4096);
    for (const [index, { cursor }] of pages.slice(0, -1).entries())
      expect(labelsOf(await pagesOf(0, 1, cursor))).toEqual(labelsOf(pages.slice(index + 1)));
  });

  it('gives a commit in parts as news, which the store can read', async () => {
    const notices = (await pagesOf(0, 1)).flatMap((page) => page.notices).filter(({ stream }) => stream.id === 'large');
    expect(notices.map(({ commit }) => commit === undefined)).toEqual([true, false]);
    const versions: number[] = [];
    for await (const { version } of store.read(notices[0]!.stream, { to: notices[0]!.last })) versions.push(version);
    expect(versions).toEqual([1]);
  });

  it('is estimated from what the table says of itself, with one request', async () => {
    wire.reset();
    const { items, bytes, readUnits } = await scan.estimate();
    expect(wire.operations()).toEqual(['DescribeTable']);
    expect(items).toBeGreaterThanOrEqual(expected.length + STREAMS);
    expect(bytes).toBeGreaterThan(STREAMS * 15_000 + 1_200_000);
    expect(readUnits).toBe(Math.ceil(bytes / 4096));
  });

  it('refuses a cursor of another segment before any request', async () => {
    const [{ cursor } = {}] = await pagesOf(0, 1);
    wire.reset();
    await expect(pagesOf(0, 2, cursor)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'cursor' });
    expect(wire.requests).toEqual([]);
  });
});
