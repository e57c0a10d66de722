import { describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { AggregateRepository, DataSubjects, DynamoEventStore, EventStore } from 'nestjs-dynamo-event-store';
import { InMemoryEventStore } from 'nestjs-dynamo-event-store/testing';
import { OrderOpened, PaymentReceived, upcasters } from '../../docs/examples/event-history.js';
import {
  Address,
  Customer,
  CustomerRegistered,
  CustomerRenamed,
  CustomersModule,
  Erasure,
} from '../../docs/examples/personal-data.js';
import { CustomerInvited, ItemPriced, options } from '../../docs/examples/validation.js';

describe('the examples of change, personal data and validation', () => {
  it('upcasters that rename, split, merge and drop', async () => {
    const store = new InMemoryEventStore();
    const stream = { aggregate: 'order', id: 'o-1' };
    const old = (type: string, payload: object, schemaVersion = 1) => ({ type, payload, schemaVersion });
    await store.append(
      stream,
      [
        old('basket-opened', { who: 'ann', paid: 5 }),
        old('page-viewed', {}),
        old('order-opened', { customer: 'bob' }, 2),
        old('order-priced', { price: 7 }),
        old('order-opened', { customer: 'cat' }, 2),
      ],
      { expected: 'none' },
    );
    store.register([OrderOpened, PaymentReceived], upcasters);
    expect(store.definitions.chainFaults()).toEqual([]);
    const events: unknown[] = [];
    for await (const { version, event } of store.read(stream)) events.push([version, event]);
    expect(events).toEqual([
      [1, new OrderOpened('ann', 0)],
      [1, new PaymentReceived(5)],
      [4, new OrderOpened('bob', 7)],
      [5, new OrderOpened('cat', 0)],
    ]);
  });

  it('personal data in a Nest application', async () => {
    const store = new InMemoryEventStore();
    const app = await Test.createTestingModule({ imports: [CustomersModule] })
      .overrideProvider(EventStore)
      .useValue(store)
      .compile();
    await app.init();
    const repository = app.get(AggregateRepository);
    const customer = new Customer('c-1');
    customer.apply(new CustomerRegistered('c-1', 'Ann Archer', new Address('1 Apple Alley', 'DE')));
    customer.apply(new CustomerRenamed('Ann Baker'));
    await repository.save(customer);
    expect(await repository.load(Customer, 'c-1')).toMatchObject({ name: 'Ann Baker', country: 'DE' });
    expect(app.get(DataSubjects)).toBe(store.dataSubjects);
    await app.get(Erasure).forget('c-1');
    expect(await repository.load(Customer, 'c-1')).toMatchObject({ name: 'erased', country: 'DE', version: 2 });
    await app.close();
  });

  it('validation', async () => {
    expect(() => new DynamoEventStore(options)).not.toThrow();
    const { events, validation } = options;
    const store = new InMemoryEventStore({ events, validation });
    const append = (event: object) => store.append({ aggregate: 'a', id: '1' }, [event], { expected: 'none' });
    await expect(append(new ItemPriced('', -1))).rejects.toMatchObject({
      issues: [{ path: 'sku' }, { path: 'price' }],
    });
    await expect(append(new CustomerInvited('nobody'))).rejects.toMatchObject({ issues: [{ path: 'email' }] });
    expect((await append(new CustomerInvited('ann@example.com'))).version).toBe(1);
  });
});
