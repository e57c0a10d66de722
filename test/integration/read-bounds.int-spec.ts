import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DynamoEventStore, type ReadRange } from 'nestjs-dynamo-event-store';
import { testClient, uniqueTableName } from '../support/dynamodb.js';

describe('bounds that DynamoDB itself would refuse', () => {
  const client = testClient();
  const store = new DynamoEventStore({ client, tableName: uniqueTableName('read-bounds') });
  const stream = { aggregate: 'order', id: 'o-1' };

  beforeAll(async () => {
    await store.createTable();
    for (const size of [1, 3, 2])
      await store.append(
        stream,
        Array.from({ length: size }, () => ({ type: 't', payload: null })),
        { expected: 'any' },
      );
  });
  afterAll(() => {
    client.destroy();
  });

  it.each<[string, ReadRange, number[]]>([
    ['one version within the stream', { from: 3, to: 3 }, [3]],
    ['the last version', { from: 6, to: 6 }, [6]],
    ['the version after the last', { from: 7, to: 7 }, []],
    ['a version far beyond the last', { from: 1_000, to: 1_000 }, []],
    ['a range beyond the last', { from: 7, to: 9 }, []],
    ['the highest version there can be', { from: Number.MAX_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER }, []],
    ['a limit above 32 bits', { limit: Number.MAX_SAFE_INTEGER }, [1, 2, 3, 4, 5, 6]],
    ['a limit above 32 bits, backward', { limit: 2 ** 40, order: 'backward' }, [6, 5, 4, 3, 2, 1]],
    ['an end above 32 bits', { to: 2 ** 40 }, [1, 2, 3, 4, 5, 6]],
  ])('%s', async (_, range, versions) => {
    const found: number[] = [];
    for await (const { version } of store.read(stream, range)) found.push(version);
    expect(found).toEqual(versions);
  });

  it('a list whose range ends before it begins is empty', async () => {
    expect(await store.listStreams('order', { after: new Date(), before: new Date(0) })).toEqual({ items: [] });
  });
});
