import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import {
  DynamoEventStore,
  On,
  Projection,
  ReadSide,
  type RecordedEvent,
  type ViewWriter,
} from 'nestjs-dynamo-event-store';
import { createStreamHandler, type DynamoStreamRecord } from 'nestjs-dynamo-event-store/lambda';
import { injectFaults, Random } from 'nestjs-dynamo-event-store/testing';
import { capturedRecords } from '../support/captured-records.js';
import { testClient, testClientConfig, uniqueTableName } from '../support/dynamodb.js';
import { lambdaEventOf } from '../support/lambda-event.js';
import {
  CartEmptied,
  CartNoted,
  carts,
  CartsProjection,
  ItemAdded,
  products,
  ProductsProjection,
  SHOP_EVENTS,
} from '../support/shop.js';

const tableName = uniqueTableName('lambda-handler');
const client = testClient();
const streams = new DynamoDBStreamsClient(testClientConfig());
const store = new DynamoEventStore({ client, tableName, events: SHOP_EVENTS });
const STREAMS = 12;
const COMMITS = 8;
let records: readonly DynamoStreamRecord[];

/** A cart that cannot bear one of the events. */
@Projection({ name: 'carts', version: 1, views: [carts], attempts: 2 })
class DelicateCarts extends CartsProjection {
  @On(ItemAdded)
  override async added(event: ItemAdded, envelope: RecordedEvent, views: ViewWriter): Promise<void> {
    if (envelope.stream.id === 'c-3' && envelope.version === 4) throw new Error('poison');
    await super.added(event, envelope, views);
  }
}

function readSideOn(readModelTable: string, faulty = client): ReadSide {
  const readSide = new ReadSide({
    store: new DynamoEventStore({ client: faulty, tableName, events: SHOP_EVENTS }),
    readModelTable,
    controlTable: `${readModelTable}-control`,
    retryPauseMs: () => 1,
    refreshMs: 10,
  });
  readSide.add([{ instance: new DelicateCarts() }, { instance: new ProductsProjection() }]);
  return readSide;
}

async function started(readSide: ReadSide): Promise<ReadSide> {
  await readSide.createTables();
  readSide.start();
  return readSide;
}

/** What each cart must show: every version but those of notes. */
async function expectedVersions(id: string): Promise<number[]> {
  const versions: number[] = [];
  for await (const { type, version } of store.read({ aggregate: 'cart', id }))
    if (type !== 'cart-noted') versions.push(version);
  return versions;
}

function shuffled<T>(list: readonly T[], random: Random): T[] {
  return list
    .map((value) => ({ value, key: random.next() }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
}

/** The batches of a function: some records twice, the order all wrong. */
function disorderly(all: readonly DynamoStreamRecord[], random: Random): DynamoStreamRecord[][] {
  const repeated = shuffled([...all, ...all.filter(() => random.chance(0.3))], random);
  const batches: DynamoStreamRecord[][] = [];
  while (repeated.length > 0) batches.push(repeated.splice(0, 1 + random.int(10)));
  return batches;
}

beforeAll(async () => {
  await store.createTable();
  for (let stream = 0; stream < STREAMS; stream++)
    for (let commit = 0; commit < COMMITS; commit++) {
      const events = [new ItemAdded(`p-${stream % 3}`, 1), commit % 3 === 0 ? new CartNoted('n') : new CartEmptied()];
      await store.append({ aggregate: 'cart', id: `c-${stream}` }, commit % 2 === 0 ? events : events.slice(0, 1), {
        expected: 'any',
      });
    }
  // Somebody's hand has written what is no commit, under the key of one.
  const key = { pk: { S: '#cart#broken' }, sk: { S: 'e#0000000000000001' } };
  await client.send(new PutItemCommand({ TableName: tableName, Item: { ...key, n: { N: '1' } } }));
  records = lambdaEventOf(await capturedRecords(client, streams, tableName), tableName).Records;
});
afterAll(() => {
  client.destroy();
  streams.destroy();
});

describe('the Lambda handler', () => {
  it('shows each event once and in order, whatever order and number of times its records come in; a poison event parks one stream', async () => {
    const readSide = await started(readSideOn(uniqueTableName('views')));
    const bootstrap = jest.fn(() => Promise.resolve(readSide));
    const handler = createStreamHandler(bootstrap);
    const batches = disorderly(records, new Random(7));
    for (const Records of batches) expect(await handler({ Records })).toEqual({ batchItemFailures: [] });
    expect(bootstrap).toHaveBeenCalledTimes(1);
    for (let stream = 0; stream < STREAMS; stream++) {
      const id = `c-${stream}`;
      const expected = await expectedVersions(id);
      const view = await readSide.readModels.view(carts).get(id);
      expect([id, view?.versions]).toEqual([id, id === 'c-3' ? expected.filter((version) => version < 4) : expected]);
    }
    const sold = await Promise.all(['p-0', 'p-1', 'p-2'].map((key) => readSide.readModels.view(products).get(key)));
    expect(sold.map((view) => view?.events)).toEqual([32, 32, 32]);
    const parked = await readSide.projections.parkedStreams('carts');
    expect(parked.map(({ stream, version, reason }) => [stream.id, version, reason])).toEqual([
      ['broken', 1, expect.stringContaining('not a commit')],
      ['c-3', 4, 'poison'],
    ]);
    process.stdout.write(
      `Lambda: ${records.length} records in ${batches.length} batches, parked: ${parked.map(({ stream }) => stream.id).join()}\n`,
    );
  });

  it('reports records that meet an outage, and loses none of them', async () => {
    const readModelTable = uniqueTableName('views');
    const calm = await started(readSideOn(readModelTable));
    const faulty = injectFaults(client, {
      seed: 'outage',
      rates: { dropRequest: 0.05, dropResponse: 0.05, serverError: 0.05 },
      keysOf: () => ['pk'],
    });
    const handler = createStreamHandler(() => readSideOn(readModelTable, faulty.client), {
      onProblem: () => undefined,
    });
    let reported = 0;
    for (const batch of disorderly(records, new Random(8))) {
      // As Lambda does it: on from the lowest record that failed.
      for (let left = batch; left.length > 0;) {
        const answer = await handler({ Records: left }).catch(() => 'failed' as const);
        if (answer === 'failed') continue;
        const failed = new Set(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
        reported += failed.size;
        left = left.filter(({ dynamodb }) => failed.has(dynamodb?.SequenceNumber ?? ''));
      }
    }
    expect(reported).toBeGreaterThan(0);
    const ids = Array.from({ length: STREAMS }, (_, stream) => `c-${stream}`).filter((id) => id !== 'c-3');
    for (const id of ids)
      expect([id, (await calm.readModels.view(carts).get(id))?.versions]).toEqual([id, await expectedVersions(id)]);
  });

  it('starts again after a bootstrap that failed', async () => {
    const readSide = await started(readSideOn(uniqueTableName('views')));
    let attempts = 0;
    const handler = createStreamHandler(() => {
      attempts += 1;
      if (attempts === 1) throw new Error('no configuration yet');
      return readSide;
    });
    const event = { Records: records.slice(0, 1) };
    await expect(handler(event)).rejects.toThrow('no configuration yet');
    expect(await handler(event)).toEqual({ batchItemFailures: [] });
    expect(await handler(event)).toEqual({ batchItemFailures: [] });
    expect(attempts).toBe(2);
  });

  it('needs a search of the table for what came while a projection was paused', async () => {
    const readSide = await started(readSideOn(uniqueTableName('views')));
    const handler = createStreamHandler(() => readSide);
    await readSide.projections.pause('products');
    await handler({ Records: records });
    expect(await readSide.readModels.view(products).get('p-1')).toBeUndefined();
    await readSide.projections.resume('products');
    await readSide.projections.runBuilds();
    expect((await readSide.readModels.view(products).get('p-1'))?.events).toBe(32);
  });
});
