import { afterEach, describe, expect, it } from '@jest/globals';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { DynamoEventStoreModule, EventStore, Projections, ReadSide, Timers } from 'nestjs-dynamo-event-store';
import { streamsFeed } from 'nestjs-dynamo-event-store/streams';
import {
  Mail,
  OrderPaid,
  OrderPlaced,
  OrderQueries,
  OrderSummaryProjection,
  PaymentReminder,
  ProductSalesProjection,
  salesOfProducts,
} from '../../docs/examples/projections.js';
import { capturedRecords } from '../support/captured-records.js';
import { testClient, testClientConfig, uniqueTableName } from '../support/dynamodb.js';
import { eventually } from '../support/eventually.js';
import { lambdaEventOf } from '../support/lambda-event.js';

class SentMail extends Mail {
  readonly sent = new Set<string>();

  override send(key: string): Promise<void> {
    this.sent.add(key);
    return Promise.resolve();
  }
}

let application: INestApplicationContext | undefined;
afterEach(async () => {
  await application?.close();
  application = undefined;
});

describe('the examples of docs/projections.md', () => {
  it('show what was stored, wait for what was just stored, and remind of what is not paid', async () => {
    const mail = new SentMail();
    const module = await Test.createTestingModule({
      imports: [
        DynamoEventStoreModule.forRoot({
          clientConfig: testClientConfig(),
          tableName: uniqueTableName('projections'),
          createTable: true,
          feed: streamsFeed({ pollMs: 20, idlePollMs: 50 }),
          readSide: { timerPollMs: 20 },
        }),
      ],
      providers: [
        OrderSummaryProjection,
        ProductSalesProjection,
        OrderQueries,
        PaymentReminder,
        { provide: Mail, useValue: mail },
      ],
    }).compile();
    application = await module.init();
    const store = application.get(EventStore, { strict: false });
    const queries = application.get(OrderQueries);
    const place = (id: string, cents: number) =>
      store.append({ aggregate: 'order', id }, [new OrderPlaced('ALFKI', 'tea', cents)], { expected: 'none' });
    const placed = await place('o-1', 1_000);
    expect(await queries.summary('o-1', placed)).toMatchObject({ customerId: 'ALFKI', status: 'placed' });
    const paid = await store.append(placed.stream, [new OrderPaid()], { expected: placed });
    expect(await queries.summary('o-1', paid)).toMatchObject({ status: 'paid' });
    const second = await place('o-2', 500);
    await queries.summary('o-2', second);
    const { items } = await queries.ofCustomer('ALFKI');
    expect(items.map(({ key, version }) => [key, version])).toEqual([
      ['o-2', 1],
      ['o-1', 2],
    ]);
    const projections = application.get(Projections, { strict: false });
    await projections.waitFor(ProductSalesProjection, second);
    const { readModels } = application.get(ReadSide, { strict: false });
    expect(await readModels.view(salesOfProducts).get('tea')).toEqual({ cents: 1_500, orders: 2 });

    await projections.waitFor(PaymentReminder, paid);
    await projections.waitFor(PaymentReminder, second);
    const timers = application.get(Timers, { strict: false });
    expect(await timers.cancel({ name: 'payment-due', id: 'o-1' })).toBe(false);
    await timers.schedule({ name: 'payment-due', id: 'o-2' }, new Date());
    await eventually('the mail is sent', () => mail.sent.has('payment-due/o-2'));
    expect(mail.sent.size).toBe(1);
  });

  it('run on Lambda', async () => {
    const tableName = uniqueTableName('projections-lambda');
    process.env['EVENTS_TABLE'] = tableName;
    const { endpoint, region, credentials } = testClientConfig();
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: (credentials as { accessKeyId: string }).accessKeyId,
      AWS_SECRET_ACCESS_KEY: (credentials as { secretAccessKey: string }).secretAccessKey,
    });
    // As infrastructure does it.
    const client = testClient();
    const { DynamoEventStore } = await import('nestjs-dynamo-event-store');
    const store = new DynamoEventStore({ client, tableName, events: [OrderPlaced, OrderPaid] });
    await store.createTable();
    const readSide = new ReadSide({ store });
    readSide.add([{ instance: new OrderSummaryProjection() }]);
    await readSide.createTables();
    const { handler } = await import('../../docs/examples/lambda.js');
    await store.append({ aggregate: 'order', id: 'o-9' }, [new OrderPlaced('BONAP', 'tea', 1), new OrderPaid()], {
      expected: 'none',
    });
    const streams = new DynamoDBStreamsClient(testClientConfig());
    expect(await handler(lambdaEventOf(await capturedRecords(client, streams, tableName), tableName))).toEqual({
      batchItemFailures: [],
    });
    const { orderSummaries } = await import('../../docs/examples/projections.js');
    expect(await readSide.readModels.view(orderSummaries).get('o-9')).toMatchObject({ status: 'paid' });
    client.destroy();
    streams.destroy();
  });
});
