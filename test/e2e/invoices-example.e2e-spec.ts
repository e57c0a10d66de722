import { describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { AggregateRepository, DynamoEventStore, EventStore } from 'nestjs-dynamo-event-store';
import { InMemoryEventStore } from 'nestjs-dynamo-event-store/testing';
import { Invoice, InvoicesModule } from '../../docs/examples/invoices.js';
import { Iban, Money } from '../../docs/examples/money.js';
import { testClient, uniqueTableName } from '../support/dynamodb.js';

const fieldsOf = (invoice: Invoice): unknown => Object.fromEntries(Object.entries(invoice));

describe('value objects in events and states, as docs/events.md shows them', () => {
  it.each([
    [
      'on DynamoDB',
      async () => {
        const store = new DynamoEventStore({ client: testClient(), tableName: uniqueTableName('invoices') });
        await store.createTable();
        return store;
      },
    ],
    ['in memory', () => Promise.resolve(new InMemoryEventStore())],
  ])('are the same in a warm process, in a new one and in one without snapshots %s', async (_, createStore) => {
    const store = await createStore();
    const compiled = await Test.createTestingModule({ imports: [InvoicesModule] })
      .overrideProvider(EventStore)
      .useValue(store)
      .compile();
    const app = await compiled.init();
    const warm = app.get(AggregateRepository);

    await warm.save(Invoice.issue('i-1', Money.of(10_000n, 'EUR'), Iban.parse('DE02 1203 0000')));
    for (let cents = 1; cents <= 60; cents++)
      await warm.update(Invoice, 'i-1', (invoice) => {
        invoice.pay(Money.of(BigInt(cents), 'EUR'), new Date(cents));
      });
    await warm.drain();
    expect(warm.cacheSize.entries).toBe(1);
    const type = { name: 'invoice snapshot', schemaVersion: 1, eventClass: Invoice };
    expect((await store.readState({ aggregate: 'invoice', id: 'i-1' }, { type })).base).toBe('snapshot');

    const folded = new Invoice('i-1');
    for await (const { event } of warm.history(Invoice, 'i-1')) folded.loadFromHistory([event as never]);
    expect(folded.paid).toStrictEqual(Money.of(1_830n, 'EUR'));
    expect(fieldsOf(await warm.load(Invoice, 'i-1'))).toStrictEqual(fieldsOf(folded));
    expect(fieldsOf(await new AggregateRepository(store).load(Invoice, 'i-1'))).toStrictEqual(fieldsOf(folded));
    await app.close();
    if (store instanceof DynamoEventStore) store.client.destroy();
  });
});
