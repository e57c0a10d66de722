import { eventsOf } from '../support/stored-events.js';
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { DynamoEventStore } from 'nestjs-dynamo-event-store';
import type { CommitNotice } from '../../libs/dynamo-event-store/src/feed/commit-notice.js';
import { newsOfRecord } from '../../libs/dynamo-event-store/src/lambda/news-of-record.js';
import { checkStreamRecords, type DynamoStreamRecord } from '../../libs/dynamo-event-store/src/lambda/stream-event.js';
import { handleStreamRecords } from '../../libs/dynamo-event-store/src/lambda/stream-handler.js';
import { capturedRecords } from '../support/captured-records.js';
import { codec } from '../support/hand-made-log.js';
import { testClient, testClientConfig, uniqueTableName } from '../support/dynamodb.js';
import { lambdaEventOf } from '../support/lambda-event.js';

const tableName = uniqueTableName('lambda');
const client = testClient();
const streams = new DynamoDBStreamsClient(testClientConfig());
const store = new DynamoEventStore({ client, tableName });
const order = { aggregate: 'order', id: 'o-1' };
const noted = (payload: unknown) => ({ type: 'noted', payload });
/** Short, so that a difference can be read. */
const digestOf = (event: unknown): string => createHash('sha256').update(JSON.stringify(event)).digest('hex');
const noise = (bytes: number): string => randomBytes(bytes).toString('base64');
let records: readonly DynamoStreamRecord[];

beforeAll(async () => {
  await store.createTable();
  let head = await store.append(order, [noted('plain'), noted({ at: new Date(0) })], {
    expected: 'none',
    metadata: { actorId: 'ada' },
  });
  head = await store.append(order, [noted(noise(60_000))], { expected: head, idempotencyKey: 'k' });
  head = await store.append(order, [noted(noise(1_200_000))], { expected: head });
  const type = { name: 'order snapshot', schemaVersion: 1, eventClass: undefined };
  await store.saveSnapshot({ head, type, state: { total: 1 } });
  await store.append(order, [noted('x'.repeat(100_000))], { expected: head, ttl: new Date('2100-01-01') });
  await store.archiveStream(order);
  await store.closeStream(order);
  records = lambdaEventOf(await capturedRecords(client, streams, tableName), tableName).Records;
});
afterAll(() => {
  client.destroy();
  streams.destroy();
});

describe('records of the real stream, in Lambda’s JSON', () => {
  it('hold news of each commit, in its order, and of nothing else', () => {
    checkStreamRecords(records);
    const news = records.map((record) => newsOfRecord(record));
    const notices = news.flatMap((each) => (each !== undefined && 'notice' in each ? [each.notice] : []));
    expect(news.filter((each) => each !== undefined && 'unreadable' in each)).toEqual([]);
    expect(notices.map(({ first, last }) => [first, last])).toEqual([
      [1, 2],
      [3, 3],
      [4, 4],
      [5, 5],
    ]);
    expect(notices.map(({ commit }) => commit === undefined)).toEqual([false, false, true, false]);
    // Four commits, two parts at least, a receipt, a snapshot, the end, and the change that archives.
    expect(records.length).toBeGreaterThanOrEqual(10);
  });

  it('hold the commits as the table does', async () => {
    const commits = records.flatMap((record) => {
      const news = newsOfRecord(record);
      return news !== undefined && 'notice' in news && news.notice.commit !== undefined ? [news.notice.commit] : [];
    });
    expect(commits[0]).toMatchObject({ stream: order, metadata: { actorId: 'ada' } });
    const stored = new Map<number, string>();
    for await (const { version, event } of store.read(order)) stored.set(version, digestOf(event));
    const carried = commits.flatMap((commit) => eventsOf(commit, codec));
    expect(carried.map(({ version }) => version)).toEqual([1, 2, 3, 5]);
    for (const { version, event } of carried) expect(digestOf(event)).toBe(stored.get(version));
  });

  it('are delivered by the handler, and listed by their own sequence numbers when they are refused', async () => {
    const taken: (readonly CommitNotice[])[] = [];
    const consumer = {
      key: 'orders@1',
      deliver: (notices: readonly CommitNotice[]) => {
        taken.push(notices);
        return taken.length === 1 ? Promise.reject(new Error('not now')) : Promise.resolve();
      },
      missed: () => Promise.resolve(),
      unreadable: () => Promise.reject(new Error('all can be read')),
    };
    const { batchItemFailures } = await handleStreamRecords(records, [consumer], () => undefined);
    const numbers = records.map(({ dynamodb }) => dynamodb!.SequenceNumber);
    expect(batchItemFailures).toHaveLength(4);
    for (const { itemIdentifier } of batchItemFailures) expect(numbers).toContain(itemIdentifier);
    // Lambda goes on from the lowest.
    const from = numbers.indexOf(batchItemFailures[0]!.itemIdentifier);
    const again = await handleStreamRecords(records.slice(from), [consumer], () => undefined);
    expect(again.batchItemFailures).toEqual([]);
    expect(taken[1]!.map(({ last }) => last)).toEqual([2, 3, 4, 5]);
  });
});
