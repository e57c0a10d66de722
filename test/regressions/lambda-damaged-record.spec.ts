import { afterEach, describe, expect, it } from '@jest/globals';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { createStreamHandler, type DynamoStreamRecord } from 'nestjs-dynamo-event-store/lambda';
import { damageCommit } from '../support/damaged-commits.js';
import { lambdaItemOf } from '../support/lambda-event.js';
import { ReadSideWorld, cart } from '../support/read-sides.js';
import { carts, CartNoted, CartsProjection, ItemAdded } from '../support/shop.js';

let world = new ReadSideWorld();
afterEach(async () => {
  await world.stop();
  world = new ReadSideWorld();
});

type Change = NonNullable<DynamoStreamRecord['dynamodb']>;

const arnOf = (table: string) =>
  `arn:aws:dynamodb:eu-west-1:123456789012:table/${table}/stream/2026-01-01T00:00:00.000`;

/** A read side behind a Lambda handler, and the records of what is stored. */
async function lambda() {
  const process = await world.process([new CartsProjection()], { feed: undefined });
  const problems: string[] = [];
  const handler = createStreamHandler(() => process.readSide, { onProblem: ({ what }) => problems.push(what) });
  const { client } = world.database;
  const records = async (): Promise<(DynamoStreamRecord & { readonly dynamodb: Change })[]> => {
    const { Items: items = [] } = await client.send(new ScanCommand({ TableName: 'events' }));
    return items
      .filter(({ sk }) => sk?.S?.startsWith('e#'))
      .map(({ pk, sk, ...rest }, index) => ({
        eventName: 'INSERT',
        eventSourceARN: arnOf('events'),
        dynamodb: {
          Keys: lambdaItemOf({ pk: pk!, sk: sk! }),
          NewImage: lambdaItemOf({ pk: pk!, sk: sk!, ...rest }),
          SequenceNumber: String(100 + index),
        },
      }));
  };
  const shown = async (id: string) => (await process.readSide.readModels.view(carts).get(id))?.versions;
  return { ...process, handler, problems, records, shown, client };
}

describe('a Lambda handler of the event table', () => {
  it.each<[string, (change: Change) => Change]>([
    ['bytes that are no base64', (change) => ({ ...change, NewImage: { ...change.NewImage, events: { B: '?' } } })],
    ['events that are cut off', (change) => ({ ...change, NewImage: { ...change.NewImage, events: { S: '[["ite' } } })],
    ['a number of events that is none', (change) => ({ ...change, NewImage: { ...change.NewImage, n: { S: 'x' } } })],
    [
      'a key that is damaged in the image',
      (change) => ({ ...change, NewImage: { ...change.NewImage, pk: { S: '?' } } }),
    ],
    ['no image', (change) => ({ ...change, NewImage: undefined })],
  ])('reads the commit from the table when its record has %s', async (_, damage) => {
    const { store, handler, records, shown, projections } = await lambda();
    await store.append(cart('c-1'), [new ItemAdded('tea', 1), new CartNoted('n'), new ItemAdded('tea', 1)], {
      expected: 'none',
    });
    await store.append(cart('c-2'), [new ItemAdded('tea', 1)], { expected: 'none' });
    const [first, ...others] = await records();
    const answer = await handler({ Records: [{ ...first, dynamodb: damage(first!.dynamodb) }, ...others] });
    expect(answer).toEqual({ batchItemFailures: [] });
    expect([await shown('c-1'), await shown('c-2')]).toEqual([[1, 3], [1]]);
    expect(await projections.parkedStreams('carts')).toEqual([]);
  });

  it('reports a record that cannot be read', async () => {
    const { store, handler, records, problems } = await lambda();
    await store.append(cart('c-1'), [new ItemAdded('tea', 1)], { expected: 'none' });
    const [first] = await records();
    await handler({ Records: [{ ...first, dynamodb: { ...first!.dynamodb, NewImage: undefined } }] });
    expect(problems).toEqual([expect.stringContaining('record 100 cannot be read')]);
  });

  it('takes a stream to its end though nobody wants the events of the damaged record', async () => {
    const { store, handler, records, projections } = await lambda();
    await store.append(cart('c-1'), [new CartNoted('n')], { expected: 'none' });
    const [first] = await records();
    await handler({ Records: [{ ...first, dynamodb: { ...first!.dynamodb, NewImage: undefined } }] });
    expect(await projections.parkedStreams('carts')).toEqual([]);
  });

  it('parks the stream of a record that is damaged in the table too', async () => {
    const { store, handler, records, projections, client } = await lambda();
    await store.append(cart('c-1'), [new ItemAdded('tea', 1)], { expected: 'none' });
    await damageCommit(client, 'events', cart('c-1'), 1, 'events');
    await handler({ Records: await records() });
    expect(await projections.parkedStreams('carts')).toMatchObject([{ version: 1 }]);
  });

  it.each<[string, Partial<DynamoStreamRecord>]>([
    ['says so by its ARN', { eventSourceARN: arnOf('customers') }],
    ['has other keys', { eventSourceARN: undefined, dynamodb: { Keys: { id: { N: '1' } }, SequenceNumber: '7' } }],
  ])('rejects the records of another table that %s', async (_, other) => {
    const { store, handler, records } = await lambda();
    await store.append(cart('c-1'), [new ItemAdded('tea', 1)], { expected: 'none' });
    const [first] = await records();
    await expect(handler({ Records: [{ ...first, ...other }] })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      argument: 'records',
      message: expect.stringContaining('event source mapping'),
    });
  });
});
