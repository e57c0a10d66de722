import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { N, rejectionOf, S, TABLE, things, THINGS, type Item } from '../../../../../test/support/simulated-table.js';
import { SimulatedDynamoDb } from './simulated-dynamodb.js';

const key = (sk: string): Item => ({ pk: S('p'), sk: S(sk) });
const put = (item: Item, more: object = {}) => new PutItemCommand({ TableName: TABLE, Item: item, ...more });

describe('a table', () => {
  it('is created, described and deleted', async () => {
    const { client } = new SimulatedDynamoDb();
    const missing = await rejectionOf(client.send(new DescribeTableCommand({ TableName: TABLE })));
    expect(missing).toBeInstanceOf(ResourceNotFoundException);
    await client.send(new CreateTableCommand({ ...THINGS, TableName: TABLE }));
    const twice = await rejectionOf(client.send(new CreateTableCommand({ ...THINGS, TableName: TABLE })));
    expect(twice).toBeInstanceOf(ResourceInUseException);
    await client.send(put(key('a')));
    const { Table: table } = await client.send(new DescribeTableCommand({ TableName: TABLE }));
    expect(table).toMatchObject({ TableStatus: 'ACTIVE', ItemCount: 1, KeySchema: THINGS.KeySchema });
    expect(table?.GlobalSecondaryIndexes?.map(({ IndexName, IndexStatus }) => [IndexName, IndexStatus])).toEqual([
      ['keys', 'ACTIVE'],
      ['some', 'ACTIVE'],
      ['all', 'ACTIVE'],
    ]);
    await client.send(new DeleteTableCommand({ TableName: TABLE }));
    const gone = await rejectionOf(client.send(put(key('a'))));
    expect(gone).toBeInstanceOf(ResourceNotFoundException);
  });

  it('may have a partition key alone', async () => {
    const database = new SimulatedDynamoDb();
    database.createTable(TABLE, {
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'N' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    });
    for (const id of ['10', '9', '9.0']) await database.client.send(put({ id: N(id), from: S(id) }));
    expect(database.items(TABLE)).toEqual([
      { id: N(9), from: S('9.0') },
      { id: N(10), from: S('10') },
    ]);
  });

  it('is shared by all clients, and lists its items by key', async () => {
    const { database } = things();
    const items = [
      { pk: S('b'), sk: S('1') },
      { pk: S('a'), sk: S('2') },
      { pk: S('a'), sk: S('1') },
    ];
    for (const item of items) await database.clientFor().send(put(item));
    expect(database.items(TABLE)).toEqual([...items].reverse());
    database.client.destroy();
    expect(() => database.items('nope')).toThrow(ResourceNotFoundException);
  });

  it('loses what has expired, in its indexes as well, but not what expired absurdly long ago', async () => {
    const { client, database } = things();
    expect(() => database.expire(TABLE, 1_000)).toThrow(/not enabled/);
    const TimeToLiveSpecification = { AttributeName: 'ttl', Enabled: true };
    await client.send(new UpdateTimeToLiveCommand({ TableName: TABLE, TimeToLiveSpecification }));
    const now = 1_800_000_000;
    const ttls: [string, Item[string] | undefined][] = [
      ['past', N(now - 1)],
      ['now', N(now)],
      ['text', S('1')],
      ['never', undefined],
      ['long past', N(now - 6 * 365 * 86_400)],
    ];
    for (const [sk, ttl] of ttls)
      await client.send(put({ ...key(sk), grp: S('g'), rnk: N(1), ...(ttl === undefined ? {} : { ttl }) }));
    expect(database.expire(TABLE, now)).toBe(1);
    const left = ['long past', 'never', 'now', 'text'];
    expect(database.items(TABLE).map(({ sk }) => sk!.S)).toEqual(left);
    const { Items: listed } = await client.send(
      new QueryCommand({
        TableName: TABLE,
        IndexName: 'keys',
        KeyConditionExpression: 'grp = :g',
        ExpressionAttributeValues: { ':g': S('g') },
      }),
    );
    expect(listed?.map(({ sk }) => sk!.S)).toEqual(left);
  });
});

describe('what the model does not have', () => {
  it('is refused, not ignored', async () => {
    const { client, database } = things();
    const operation = await rejectionOf(client.send(new ListTablesCommand({})));
    expect(operation).toMatchObject({
      name: 'NotSimulatedError',
      message: 'The simulated DynamoDB does not have the operation ListTablesCommand.',
    });
    const legacy = await rejectionOf(client.send(put(key('a'), { Expected: { pk: { Exists: false } } })));
    expect(legacy.message).toMatch(/legacy parameter Expected/);
    expect(() => {
      database.createTable('local', { ...THINGS, LocalSecondaryIndexes: [] });
    }).toThrow(/local secondary indexes/);
  });
});
