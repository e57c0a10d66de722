import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CreateTableCommand, DescribeTableCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { TableMismatchError } from 'nestjs-dynamo-event-store';
import { controlTableDefinition } from '../../libs/dynamo-event-store/src/dynamo/control-schema.js';
import { createTable } from '../../libs/dynamo-event-store/src/dynamo/create-table.js';
import { itemBytes, type Item } from '../../libs/dynamo-event-store/src/dynamo/item-size.js';
import { readModelTableDefinition } from '../../libs/dynamo-event-store/src/dynamo/read-model/view-schema.js';
import type { ViewWriter } from '../../libs/dynamo-event-store/src/projection/view.js';
import { jitteredBackoff } from '../../libs/dynamo-event-store/src/store/backoff.js';
import { uniqueTableName } from '../support/dynamodb.js';
import {
  buyers,
  doing,
  ledger,
  order,
  orderLog,
  orderSummary,
  readModels,
  sales,
  selling,
  stepOf,
} from '../support/read-models.js';
import { recordingClient } from '../support/recording-client.js';

const wire = recordingClient();
const tableName = uniqueTableName('views');
const newStore = () => readModels({ client: wire.client, tableName, backoff: jitteredBackoff });
let count = 0;
const newOrder = () => order(`o-${count++}`);
const lamp = { product: 'lamp', quantity: 0, orders: 0 };

beforeAll(() => createTable(wire.client, readModelTableDefinition(tableName)));
beforeEach(() => {
  wire.reset();
});
afterAll(() => {
  wire.client.destroy();
});

/** The units of each request since the last reset: of the table alone, and of its indexes. */
const units = () =>
  wire.requests.map(({ operation, capacity }) => [
    operation,
    capacity?.Table?.CapacityUnits,
    Object.values(capacity?.GlobalSecondaryIndexes ?? {}).map(({ CapacityUnits }) => CapacityUnits),
  ]);

function writtenBytes(place = -1): number {
  return itemBytes(wire.requests.at(place)!.input['Item'] as Item);
}

describe('a step of one view that is keyed by stream', () => {
  const add = (id: string, note: string) => (views: ViewWriter) =>
    views.of(ledger).update(id, (current) => ({ applied: [...(current?.applied ?? []), 1], note }));

  it.each([10, 900, 1_100, 5_000])('is exactly one PutItem when it is warm, with %i bytes of value', async (bytes) => {
    const stream = newOrder();
    const fence = newStore().fence([ledger]);
    const note = 'x'.repeat(bytes);
    expect(await fence.advance(stepOf('ledger', stream, 0, 1), add(stream.id, note))).toBe(true);
    expect(units()).toEqual([['PutItem', Math.ceil(writtenBytes() / 1024), []]]);
    wire.reset();
    for (const from of [1, 2]) await fence.advance(stepOf('ledger', stream, from, from + 1), add(stream.id, note));
    const each = ['PutItem', Math.ceil(writtenBytes() / 1024), []];
    expect(units()).toEqual([each, each]);
  });

  it('reads once, and puts, when the process does not know the item', async () => {
    const stream = newOrder();
    await newStore()
      .fence([ledger])
      .advance(stepOf('ledger', stream, 0, 1), add(stream.id, 'x'));
    wire.reset();
    const fence = newStore().fence([ledger]);
    await fence.advance(stepOf('ledger', stream, 1, 2), add(stream.id, 'y'));
    await fence.advance(stepOf('ledger', stream, 2, 3), add(stream.id, 'z'));
    expect(units()).toEqual([
      ['GetItem', 1, []],
      ['PutItem', 1, []],
      ['PutItem', 1, []],
    ]);
  });

  it('costs as much when it changes nothing', async () => {
    const stream = newOrder();
    await newStore()
      .fence([ledger])
      .advance(stepOf('ledger', stream, 0, 1), add(stream.id, 'x'.repeat(1_500)));
    wire.reset();
    await newStore()
      .fence([ledger])
      .advance(stepOf('ledger', stream, 1, 2), () => Promise.resolve());
    expect(units()).toEqual([['UpdateItem', 2, []]]);
    expect(await newStore().view(ledger).find(stream.id)).toMatchObject({ value: { applied: [1] }, version: 2 });
  });

  it('costs its units once more for each index that it is in, and twice when its place there changes', async () => {
    const stream = newOrder();
    const fence = newStore().fence([orderSummary]);
    const set = (customerId: string, status: string, applied: number[]) =>
      doing((views) => {
        const value = { customerId, status, placedAt: new Date(0), applied };
        views.of(orderSummary).put(stream.id, value);
      });
    await fence.advance(stepOf('order-summary', stream, 0, 1), set('cost', 'open', [1]));
    await fence.advance(stepOf('order-summary', stream, 1, 2), set('cost', 'open', [2]));
    await fence.advance(stepOf('order-summary', stream, 2, 3), set('cost', 'paid', [3]));
    await fence.advance(stepOf('order-summary', stream, 3, 4), set('cost', 'paid', [4]));
    await fence.advance(stepOf('order-summary', stream, 4, 5), set('moved', 'paid', [5]));
    expect(units()).toEqual([
      ['PutItem', 1, [1, 1]],
      ['PutItem', 1, [1, 1]],
      ['PutItem', 1, [1, 1]],
      ['PutItem', 1, [1]],
      ['PutItem', 1, [2]],
    ]);
  });

  it('is applied once, whatever request or answer is lost', async () => {
    const stream = newOrder();
    const fence = newStore().fence([ledger]);
    const append = (version: number) => (views: ViewWriter) =>
      views.of(ledger).update(stream.id, (current) => ({ applied: [...(current?.applied ?? []), version] }));
    await fence.advance(stepOf('ledger', stream, 0, 1), append(1));
    wire.reset();
    wire.fault = (_, index) => (index === 0 ? 'drop-response' : undefined);
    // The SDK sends it again, and is told that the progress has moved: by the first one.
    expect(await fence.advance(stepOf('ledger', stream, 1, 2), append(2))).toBe(false);
    expect(await fence.applied(stepOf('ledger', stream, 0, 0))).toBe(2);
    await fence.advance(stepOf('ledger', stream, 2, 3), append(3));
    expect(await newStore().view(ledger).get(stream.id)).toEqual({ applied: [1, 2, 3] });
  });

  it('refuses all but one of those who take it at once', async () => {
    const stream = newOrder();
    const steps = Array.from({ length: 8 }, () =>
      newStore()
        .fence([ledger])
        .advance(stepOf('ledger', stream, 0, 1), add(stream.id, 'x')),
    );
    expect((await Promise.all(steps)).filter(Boolean)).toEqual([true]);
    expect(await newStore().view(ledger).get(stream.id)).toEqual({ applied: [1], note: 'x' });
  });
});

describe('a step of views that streams share', () => {
  const sell = (product: string) =>
    doing((views) => {
      views.of(sales).increment(product, { quantity: 2, orders: 1 }, { ...lamp, product });
    });

  it('is one transaction, of the progress and the items changed', async () => {
    const stream = newOrder();
    const product = `p-${count++}`;
    const fence = newStore().fence(selling);
    await fence.advance(stepOf('selling', stream, 0, 1), sell(product));
    await fence.advance(stepOf('selling', stream, 1, 2), sell(product));
    // DynamoDB Local charges 2 units for a transaction of any size; view-fence.spec.ts asserts what DynamoDB charges.
    expect(wire.operations()).toEqual(['TransactWriteItems', 'TransactWriteItems']);
    expect(wire.requests.map(({ input }) => (input['TransactItems'] as object[]).flatMap(Object.keys))).toEqual([
      ['Put', 'Update'],
      ['Put', 'Update'],
    ]);
    expect(await newStore().view(sales).get(product)).toEqual({ product, quantity: 4, orders: 2 });
  });

  it('reads an item that it updates, and checks one that it only read', async () => {
    const stream = newOrder();
    const buyer = `b-${count++}`;
    await newStore()
      .fence(selling)
      .advance(stepOf('selling', stream, 0, 1), async (views) => {
        await views.of(buyers).update(buyer, () => ({ orders: [stream.id] }));
        await views.of(buyers).get(`${buyer}-other`);
        await views.of(orderLog).update(stream.id, () => ({ applied: [1] }));
      });
    expect(wire.operations()).toEqual(['GetItem', 'GetItem', 'TransactWriteItems']);
    expect((wire.requests.at(-1)!.input['TransactItems'] as object[]).flatMap(Object.keys)).toEqual([
      'Put',
      'Put',
      'ConditionCheck',
      'Put',
    ]);
  });

  it('is one PutItem of the progress when it changes nothing', async () => {
    await newStore()
      .fence(selling)
      .advance(stepOf('selling', newOrder(), 0, 1), () => Promise.resolve());
    expect(units()).toEqual([['PutItem', 1, []]]);
  });

  it('loses no update of streams that change one item at once', async () => {
    const buyer = `b-${count++}`;
    const ids = Array.from({ length: 6 }, () => newOrder().id);
    const steps = ids.map((id) =>
      newStore()
        .fence(selling)
        .advance(stepOf('selling', order(id), 0, 1), async (views) => {
          await views.of(buyers).update(buyer, (current) => ({ orders: [...(current?.orders ?? []), id] }));
          views.of(sales).increment(buyer, { orders: 1 }, lamp);
        }),
    );
    expect(await Promise.all(steps)).toEqual(ids.map(() => true));
    expect([...(await newStore().view(buyers).get(buyer))!.orders].sort()).toEqual([...ids].sort());
    expect(await newStore().view(sales).get(buyer)).toMatchObject({ orders: ids.length });
  });

  it('adds once when the answer is lost and the SDK sends it again', async () => {
    const product = `p-${count++}`;
    wire.fault = (_, index) => (index === 0 ? 'drop-response' : undefined);
    await newStore()
      .fence(selling)
      .advance(stepOf('selling', newOrder(), 0, 1), sell(product));
    expect(wire.operations()).toEqual(['TransactWriteItems', 'TransactWriteItems']);
    expect(await newStore().view(sales).get(product)).toMatchObject({ quantity: 2, orders: 1 });
  });

  it('recognises its own transaction when another one stands in the way of sending it again', async () => {
    const product = `p-${count++}`;
    wire.fault = (_, index) => (['drop-response', 'transaction-conflict'] as const)[index];
    expect(
      await newStore()
        .fence(selling)
        .advance(stepOf('selling', newOrder(), 0, 1), sell(product)),
    ).toBe(true);
    expect(wire.operations()).toHaveLength(3);
    expect(await newStore().view(sales).get(product)).toMatchObject({ quantity: 2, orders: 1 });
  });

  it('deletes, replaces and puts without reading', async () => {
    const buyer = `b-${count++}`;
    const stream = newOrder();
    const fence = newStore().fence(selling);
    await fence.advance(
      stepOf('selling', stream, 0, 1),
      doing((views) => {
        views.of(buyers).put(buyer, { orders: ['a', 'b'] });
        views.of(orderLog).put(stream.id, { applied: [1] });
      }),
    );
    expect(await newStore().view(buyers).query({ index: 'busy', partition: 'busy' })).toMatchObject({
      items: expect.arrayContaining([{ key: buyer, value: { orders: ['a', 'b'] }, version: undefined }]) as unknown,
    });
    await fence.advance(
      stepOf('selling', stream, 1, 2),
      doing((views) => {
        views.of(buyers).delete(buyer);
        views.of(orderLog).put(stream.id, { applied: [2] });
      }),
    );
    expect(await newStore().view(buyers).get(buyer)).toBeUndefined();
    expect(await newStore().view(orderLog).find(stream.id)).toMatchObject({ value: { applied: [2] }, version: 2 });
  });
});

describe('reading', () => {
  it('takes one GetItem, at half the units when it may be out of date', async () => {
    await newStore().view(ledger).get('nobody');
    await newStore().view(ledger).get('nobody', { consistency: 'eventual' });
    expect(wire.requests.map(({ operation, capacity }) => [operation, capacity?.CapacityUnits])).toEqual([
      ['GetItem', 1],
      ['GetItem', 0.5],
    ]);
  });

  it('takes one Query per page, and gives each item once with equal sort values and large items', async () => {
    const fence = newStore().fence([orderSummary]);
    const customerId = `c-${count++}`;
    const ids = Array.from({ length: 12 }, () => newOrder().id);
    for (const [index, id] of ids.entries())
      await fence.advance(
        stepOf('order-summary', order(id), 0, 1),
        doing((views) => {
          const placedAt = new Date(Math.floor(index / 5));
          // Ten of them are more than the 1 MB that one answer of DynamoDB holds.
          const applied = Array.from({ length: 30_000 }, () => 1_000);
          views.of(orderSummary).put(id, { customerId, status: 'closed', placedAt, applied });
        }),
      );
    const view = newStore().view(orderSummary);
    for (const order of ['forward', 'backward'] as const) {
      wire.reset();
      const first = await view.query({ index: 'byCustomer', partition: customerId, limit: 3, order });
      expect(wire.operations()).toEqual(['Query']);
      const second = await view.query({
        index: 'byCustomer',
        partition: customerId,
        limit: 9,
        order,
        cursor: first.cursor,
      });
      expect(wire.operations().length).toBeGreaterThan(2);
      expect(second.cursor).toBeUndefined();
      const found = [...first.items, ...second.items];
      expect(found.map(({ key }) => key).sort()).toEqual([...ids].sort());
      const times = found.map(({ value }) => value.placedAt.getTime());
      expect(times).toEqual([...times].sort((a, b) => (order === 'forward' ? a - b : b - a)));
    }
    const bounds = { from: new Date(1).toISOString(), to: new Date(1).toISOString() };
    expect((await view.query({ index: 'byCustomer', partition: customerId, ...bounds })).items).toHaveLength(5);
  });
});

describe('removeGeneration', () => {
  it('deletes the items of one build', async () => {
    const store = newStore();
    const put = (id: string) =>
      doing((views) => {
        views.of(orderLog).put(id, { applied: [] });
      });
    for (let number = 0; number < 30; number++)
      await store.fence(selling).advance(stepOf('selling', order(`g-${number}`), 0, 1, 7), put(`g-${number}`));
    await store.fence(selling).advance(stepOf('selling', order('g-0'), 0, 1, 8), put('g-0'));
    expect(await store.removeGeneration(selling, 7)).toBe(60);
    expect(await store.fence(selling).applied(stepOf('selling', order('g-0'), 0, 0, 7))).toBe(0);
    expect(await store.fence(selling).applied(stepOf('selling', order('g-0'), 0, 0, 8))).toBe(1);
  });
});

describe('createTable', () => {
  it.each([readModelTableDefinition, controlTableDefinition])(
    'makes the table of %p usable, by many at once',
    async (define) => {
      const definition = define(uniqueTableName('beside'));
      await Promise.all(Array.from({ length: 4 }, () => createTable(wire.client, definition)));
      const { Table: table } = await wire.client.send(new DescribeTableCommand({ TableName: definition.TableName }));
      expect(table?.TableStatus).toBe('ACTIVE');
      wire.reset();
      await createTable(wire.client, definition);
      expect(wire.operations()).toEqual(['DescribeTable']);
    },
  );

  it('tells what is different in a table that exists', async () => {
    const { TableName, AttributeDefinitions, GlobalSecondaryIndexes, ...rest } = readModelTableDefinition(
      uniqueTableName('other'),
    );
    const some = AttributeDefinitions.slice(0, -2);
    const indexes = GlobalSecondaryIndexes.slice(0, -1);
    const input = { ...rest, TableName, AttributeDefinitions: some, GlobalSecondaryIndexes: indexes };
    await wire.client.send(new CreateTableCommand(input));
    await waitUntilTableExists({ client: wire.client, maxWaitTime: 30, minDelay: 1 }, { TableName });
    const error = await createTable(wire.client, readModelTableDefinition(TableName)).catch(
      (failure: unknown) => failure,
    );
    expect(error).toBeInstanceOf(TableMismatchError);
    expect(error).toMatchObject({ differences: [expect.stringMatching(/^index index4: found none/)] });
  });
});
