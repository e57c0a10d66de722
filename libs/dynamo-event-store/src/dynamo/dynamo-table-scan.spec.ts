import { randomBytes } from 'node:crypto';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import type { ScanPage } from '../feed/table-scan.js';
import { SimulatedDynamoDb } from '../testing/simulation/index.js';
import { DynamoEventStore } from './dynamo-event-store.js';
import { DynamoRequests } from './dynamo-requests.js';
import { DynamoTableScan } from './dynamo-table-scan.js';
import { eventTableDefinition } from './table-definition.js';

const tableName = 'events';
const NOW = new Date('2026-01-01T00:00:00Z');
const noted = (payload: unknown) => ({ type: 'noted', payload });

function setting() {
  const database = new SimulatedDynamoDb();
  database.createTable(tableName, eventTableDefinition({ tableName }));
  const { client } = database;
  const requests = new DynamoRequests(
    () => client,
    () => Promise.resolve(),
  );
  const scan = new DynamoTableScan(
    requests,
    () => tableName,
    () => NOW,
  );
  const store = new DynamoEventStore({ client, tableName, clock: () => new Date('2025-01-01T00:00:00Z') });
  return { database, client, scan, store };
}

async function pagesOf(scan: DynamoTableScan, segment = 0, segments = 1, cursor?: string): Promise<ScanPage[]> {
  const pages: ScanPage[] = [];
  for await (const page of scan.pages(segment, segments, cursor)) pages.push(page);
  return pages;
}

const labelsOf = (pages: readonly ScanPage[]): string[] =>
  pages.flatMap(({ notices }) => notices.map(({ stream, first, last }) => `${stream.id}:${first}-${last}`));

describe('DynamoTableScan', () => {
  it('finds every commit once, whatever the number of segments, those of a stream in order', async () => {
    const { scan, store } = setting();
    const expected: string[] = [];
    for (let index = 0; index < 40; index++) {
      const stream = { aggregate: 'order', id: `o-${index}` };
      const head = await store.append(stream, [noted(1), noted(2)], { expected: 'none' });
      await store.append(stream, [noted(3)], { expected: head, idempotencyKey: 'k' });
      expected.push(`o-${index}:1-2`, `o-${index}:3-3`);
    }
    for (const segments of [1, 3, 50]) {
      const all = await Promise.all(Array.from({ length: segments }, (_, segment) => pagesOf(scan, segment, segments)));
      const labels = all.flatMap(labelsOf);
      expect([...labels].sort()).toEqual([...expected].sort());
      for (let index = 0; index < 40; index++)
        expect(labels.indexOf(`o-${index}:1-2`)).toBe(labels.indexOf(`o-${index}:3-3`) - 1);
      expect(all.flat().reduce((sum, { items }) => sum + items, 0)).toBe(120);
    }
  });

  it('goes on from a cursor, page by page of 1 MB, and says what each has cost', async () => {
    const { scan, store } = setting();
    for (let index = 0; index < 30; index++)
      await store.append({ aggregate: 'order', id: `o-${index}` }, [noted(randomBytes(75_000).toString('base64'))], {
        expected: 'none',
      });
    const pages = await pagesOf(scan);
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.map(({ cursor }) => cursor === undefined)).toEqual(
      pages.map((_, index) => index === pages.length - 1),
    );
    for (const page of pages.slice(0, -1)) expect(page.readUnits).toBeGreaterThan(200);
    for (const [index, { cursor }] of pages.slice(0, -1).entries())
      expect(labelsOf(await pagesOf(scan, 0, 1, cursor))).toEqual(labelsOf(pages.slice(index + 1)));
  });

  it('gives only news of a commit in parts, since its parts may lie on another page', async () => {
    const { scan, store } = setting();
    const stream = { aggregate: 'order', id: 'large' };
    await store.append(stream, [noted(randomBytes(1_500_000).toString('base64'))], { expected: 'none' });
    const pages = await pagesOf(scan);
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.flatMap(({ notices }) => notices)).toMatchObject([{ stream, first: 1, last: 1, commit: undefined }]);
    expect(pages.flatMap(({ unreadable }) => unreadable)).toEqual([]);
  });

  it('leaves out what has expired, as reads do, although it is still there', async () => {
    const { scan, store, database } = setting();
    const ttls = [NOW.getTime() - 1_000, NOW.getTime(), NOW.getTime() + 1_000];
    for (const [index, ttl] of ttls.entries())
      await store.append({ aggregate: 'order', id: `o-${index}` }, [noted(1)], {
        expected: 'none',
        ttl: new Date(ttl),
      });
    expect(labelsOf(await pagesOf(scan))).toEqual(['o-2:1-1']);
    expect(database.items(tableName)).toHaveLength(3);
  });

  it('hands out what it cannot read, and goes on', async () => {
    const { scan, store, client } = setting();
    await store.append({ aggregate: 'order', id: 'good' }, [noted(1)], { expected: 'none' });
    const Item = { pk: { S: '#order#bad' }, sk: { S: 'e#0000000000000001' }, n: { N: '1' } };
    await client.send(new PutItemCommand({ TableName: tableName, Item }));
    const [page] = await pagesOf(scan);
    expect(page!.unreadable).toMatchObject([{ stream: { aggregate: 'order', id: 'bad' }, version: 1 }]);
    expect(labelsOf([page!])).toEqual(['good:1-1']);
  });

  it('gives one page, without a cursor, of a table that is empty', async () => {
    const { scan } = setting();
    const [page, ...further] = await pagesOf(scan);
    expect(page).toMatchObject({ notices: [], unreadable: [], items: 0 });
    expect([page!.cursor, further]).toEqual([undefined, []]);
  });

  it.each([
    ['segment', -1, 1],
    ['segment', 1, 1],
    ['segment', 0.5, 2],
    ['segments', 0, 0],
    ['segments', 0, 1_000_001],
  ])('refuses an impossible %s: %d of %d', async (argument, segment, segments) => {
    const { scan, database } = setting();
    await expect(pagesOf(scan, segment, segments)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument });
    expect(database.consumed.requests).toEqual({});
  });

  it('says which table is not there', async () => {
    const { scan, database, client } = setting();
    const other = new DynamoTableScan(
      new DynamoRequests(
        () => client,
        () => Promise.resolve(),
      ),
      () => 'nowhere',
      () => NOW,
    );
    expect(database.consumed.requests).toEqual({});
    for (const failing of [pagesOf(other), other.estimate()])
      await expect(failing).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND', table: 'nowhere' });
    expect(await scan.estimate()).toMatchObject({ items: 0 });
  });
});
