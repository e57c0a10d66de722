import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { codec, commit, stream, tombstone } from '../../../../test/support/hand-made-log.js';
import { lambdaItemOf } from '../../../../test/support/lambda-event.js';
import { toCommitItems } from '../dynamo/commit-item.js';
import type { Item } from '../dynamo/item-size.js';
import { prepareCommit, type Commit } from '../store/commit.js';
import { newsOfRecord } from './news-of-record.js';
import { checkStreamRecords, type DynamoStreamRecord } from './stream-event.js';

const itemOf = (of: Commit): Item => toCommitItems(of, 4)[0];

function recordOf(item: Item, changes: Partial<NonNullable<DynamoStreamRecord['dynamodb']>> = {}): DynamoStreamRecord {
  const NewImage = lambdaItemOf(item);
  const Keys = { pk: NewImage['pk']!, sk: NewImage['sk']! };
  const dynamodb = { Keys, NewImage, SequenceNumber: '111', StreamViewType: 'NEW_IMAGE' as const, ...changes };
  return { eventID: '1', eventName: 'INSERT', dynamodb };
}

function noisyCommit(bytes: number): Commit {
  const events = [codec.encode({ type: 'noted', payload: randomBytes(bytes).toString('base64') })];
  const prepared = prepareCommit(stream, events, { commitId: 'c', metadata: { actorId: 'ada' }, ttl: undefined });
  return { ...prepared, version: 7, recordedAt: 7_000 };
}

describe('news of a record', () => {
  it('of a commit is its notice, the commit included', () => {
    const stored = commit(4, 3);
    expect(newsOfRecord(recordOf(itemOf(stored)))).toEqual({
      notice: { stream, first: 4, last: 6, types: ['counted~1'], recordedAt: 4_000, commit: stored },
    });
  });

  it('of a compressed commit likewise', () => {
    const stored = noisyCommit(100_000);
    const item = itemOf(stored);
    expect(item['events']?.B).toBeDefined();
    expect(newsOfRecord(recordOf(item))).toMatchObject({ notice: { first: 7, last: 7, commit: stored } });
  });

  it('of a commit in parts comes with its first one, without the commit', () => {
    const [first, ...parts] = toCommitItems(noisyCommit(900_000), 4);
    expect(parts.length).toBeGreaterThan(1);
    expect(newsOfRecord(recordOf(first))).toMatchObject({ notice: { first: 7, last: 7, commit: undefined } });
    expect(parts.map((part) => newsOfRecord(recordOf(part)))).toEqual(parts.map(() => undefined));
  });

  it('there is none of tombstones, snapshots, receipts and other items, however malformed', () => {
    expect(newsOfRecord(recordOf(itemOf(tombstone(3))))).toBeUndefined();
    for (const sk of ['s#', 'c#digest', 'e#0000000000000001#02', 'other'])
      expect(
        newsOfRecord(recordOf({ pk: { S: '#order#o-1' }, sk: { S: sk } }, { NewImage: { state: { B: '?' } } })),
      ).toBeUndefined();
  });

  it.each(['MODIFY', 'REMOVE', undefined] as const)('there is none of a change that is %s', (eventName) => {
    expect(newsOfRecord({ ...recordOf(itemOf(commit(1, 1))), eventName })).toBeUndefined();
  });

  it('that is malformed names the sequence number and, as far as it can be told, stream and version', () => {
    const item = recordOf(itemOf(commit(2, 1)));
    const malformed: DynamoStreamRecord = {
      ...item,
      dynamodb: { ...item.dynamodb, NewImage: { ...item.dynamodb!.NewImage, events: { B: '?' } } },
    };
    expect(newsOfRecord(malformed)).toEqual({
      unreadable: {
        key: '#order#o-1 e#0000000000000002',
        stream,
        version: 2,
        cause: expect.objectContaining({ message: 'Record 111 of the stream cannot be read.' }),
      },
    });
    const keyless = { ...malformed.dynamodb, Keys: undefined };
    expect(newsOfRecord({ ...malformed, dynamodb: keyless })).toMatchObject({ unreadable: { stream, version: 2 } });
  });

  it('without image or keys is unreadable rather than skipped', () => {
    const dynamodb = { SequenceNumber: '17' };
    expect(newsOfRecord({ eventName: 'INSERT', dynamodb })).toEqual({
      unreadable: {
        key: '? ?',
        stream: undefined,
        version: 0,
        cause: expect.objectContaining({ message: expect.stringContaining('Record 17') }),
      },
    });
  });

  it('whose item is damaged is unreadable as in a scan', () => {
    const record = recordOf({ ...itemOf(commit(2, 1)), n: { S: 'x' } });
    expect(newsOfRecord(record)).toMatchObject({
      unreadable: { stream, version: 2, cause: { code: 'STREAM_CORRUPTED' } },
    });
  });
});

describe('records of a stream', () => {
  const good = recordOf(itemOf(commit(1, 1)));

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['no list', { 0: good }],
    ['none', []],
    ['null', [good, null]],
    ['a message of SQS', [{ messageId: '1', body: '{}' }]],
    ['a number that is none', [recordOf({}, { SequenceNumber: 'shard-1' })]],
    ['a stream of keys', [recordOf({}, { StreamViewType: 'KEYS_ONLY' })]],
    ['a stream of old images', [recordOf({}, { StreamViewType: 'OLD_IMAGE' })]],
  ])('are not %s', (_, records) => {
    expect(() => {
      checkStreamRecords(records as DynamoStreamRecord[]);
    }).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', argument: 'records' }));
  });

  it('may have old images besides, and no view type', () => {
    checkStreamRecords([
      good,
      recordOf({}, { StreamViewType: 'NEW_AND_OLD_IMAGES' }),
      recordOf({}, { StreamViewType: undefined }),
    ]);
  });
});
