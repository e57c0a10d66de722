import { CreateTableCommand, PutItemCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { InMemoryEventStore, SimulatedDynamoDb } from 'nestjs-dynamo-event-store/testing';
import {
  castoreTable,
  cqrsEsTable,
  ExactNumber,
  mapForeignEvent,
  migrate,
  type EventMapping,
} from 'nestjs-dynamo-event-store/transfer';

async function tableOf(keys: readonly [hash: string, range: string], item: Record<string, AttributeValue>) {
  const { client } = new SimulatedDynamoDb();
  await client.send(
    new CreateTableCommand({
      TableName: 't',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: keys[0], AttributeType: 'S' },
        { AttributeName: keys[1], AttributeType: 'N' },
      ],
      KeySchema: [
        { AttributeName: keys[0], KeyType: 'HASH' },
        { AttributeName: keys[1], KeyType: 'RANGE' },
      ],
    }),
  );
  await client.send(new PutItemCommand({ TableName: 't', Item: item }));
  return client;
}

/** What a table with one event comes to here. */
async function fromRust(payload: string, metadata = '{}', map: EventMapping = mapForeignEvent) {
  const client = await tableOf(['AggregateTypeAndId', 'AggregateIdSequence'], {
    AggregateTypeAndId: { S: 'a:1' },
    AggregateIdSequence: { N: '1' },
    AggregateType: { S: 'a' },
    AggregateId: { S: '1' },
    EventType: { S: 'Done' },
    EventVersion: { S: '1.0' },
    Payload: { B: Buffer.from(payload) },
    Metadata: { B: Buffer.from(metadata) },
  });
  const store = new InMemoryEventStore();
  const { problems } = await migrate(cqrsEsTable({ client, tableName: 't' }), store, { map });
  for await (const { event, metadata: stored } of store.read({ aggregate: 'a', id: '1' }))
    return { event, metadata: stored, problems };
  return { problems };
}

async function fromCastore(payload: AttributeValue) {
  const client = await tableOf(['aggregateId', 'version'], {
    aggregateId: { S: 'A#1' },
    version: { N: '1' },
    eventStoreId: { S: 'A' },
    type: { S: 'DONE' },
    timestamp: { S: '2024-01-01T00:00:00.000Z' },
    payload,
  });
  const store = new InMemoryEventStore();
  const { problems } = await migrate(castoreTable({ client, tableName: 't' }), store);
  for await (const { event } of store.read({ aggregate: 'A', id: '1' })) return { event, problems };
  return { problems };
}

describe('a migration from cqrs-es', () => {
  it.each([
    ['9223372036854775807', 9223372036854775807n],
    ['-9223372036854775808', -9223372036854775808n],
    ['18446744073709551615', 18446744073709551615n],
    ['340282366920938463463374607431768211455', 2n ** 128n - 1n],
    ['9007199254740993', 9007199254740993n],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['0.30000000000000004', 0.1 + 0.2],
    ['1.10', 1.1],
    ['1e21', 1e21],
    ['5e-324', 5e-324],
    ['-0.0', -0],
  ])('keeps %s in payloads and metadata', async (text, value) => {
    const found = await fromRust(`{"Done":{"n":${text},"list":[${text}],"s":"${text}"}}`, `{"n":${text}}`);
    expect(found.problems).toEqual([]);
    expect(found.event).toEqual({ n: value, list: [value], s: text });
    expect(found.metadata).toMatchObject({ n: value });
  });

  it.each(['0.12345678901234567890123456789', '1e400', '-1e400', '1e-400', '123456789012345678.5'])(
    'reports %s',
    async (text) => {
      for (const [payload, metadata] of [
        [`{"Done":{"n":${text}}}`, '{}'],
        ['{"Done":{}}', `{"n":[${text}]}`],
      ])
        expect(await fromRust(payload!, metadata)).toEqual({
          problems: [{ kind: 'unstorable', place: 'a/1 1', message: expect.stringContaining(text) }],
        });
    },
  );

  it('lets a mapping decide what a decimal becomes', async () => {
    const map: EventMapping = (event) => {
      const { n } = event.payload as { readonly n: ExactNumber };
      return { ...mapForeignEvent(event), payload: { text: String(n), near: Number(n) } };
    };
    const text = '0.12345678901234567890123456789';
    expect(await fromRust(`{"Done":{"n":${text}}}`, '{}', map)).toMatchObject({
      event: { text, near: 0.12345678901234568 },
    });
  });

  it.each(['{"n":012345678901234567890}', '{9223372036854775807:1}', '{"n":9223372036854775807', '{"n":1.e5}'])(
    'still reports %s as no JSON',
    async (text) => {
      expect(await fromRust(text)).toMatchObject({ problems: [{ kind: 'unreadable' }] });
    },
  );

  it('mistakes no text and no key for a number', async () => {
    const payload = { '#': { '##': 1 }, s: '{"n":9223372036854775807} \\" 1e400', '\u0000': '\\' };
    const text = JSON.stringify({ ...payload, n: 0 }).replace('"n":0', '"n":9223372036854775807');
    expect((await fromRust(text)).event).toEqual({ ...payload, n: 9223372036854775807n });
  });
});

describe('a migration from castore', () => {
  it('keeps the numbers that a number or a bigint holds', async () => {
    const payload = { M: { id: { N: '1234567890123456789' }, tiny: { N: '1E-130' }, half: { N: '0.5' } } };
    expect(await fromCastore(payload)).toEqual({
      event: { id: 1234567890123456789n, tiny: 1e-130, half: 0.5 },
      problems: [],
    });
  });

  it.each([
    ['a field', { M: { price: { N: '0.12345678901234567890123456789' } } }],
    ['a list', { L: [{ N: '0.12345678901234567890123456789' }] }],
    ['a set', { M: { prices: { NS: ['0.12345678901234567890123456789'] } } }],
  ])('reports a decimal beyond a double in %s', async (_, payload) => {
    expect(await fromCastore(payload as AttributeValue)).toMatchObject({ problems: [{ kind: 'unstorable' }] });
  });
});
