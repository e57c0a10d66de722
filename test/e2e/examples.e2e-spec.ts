import { describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import {
  Aggregate,
  AggregateRepository,
  AggregateRoot,
  DynamoEventStoreModule,
  EventHandler,
  EventStore,
} from 'nestjs-dynamo-event-store';
import { InMemoryEventStore } from 'nestjs-dynamo-event-store/testing';
import { CustomerRenamed, SplitName } from '../../docs/examples/upcasters.js';
import { withoutClasses } from '../../docs/examples/without-classes.js';

@Aggregate({ name: 'customer' })
class Customer extends AggregateRoot {
  name = '';
  @EventHandler(CustomerRenamed) protected onRenamed({ first, last }: CustomerRenamed): void {
    this.name = `${last}, ${first}`;
  }
}

describe('the examples of the documentation', () => {
  it('upcasters', async () => {
    const store = new InMemoryEventStore();
    const old = { type: 'name-changed', payload: { name: 'Ada King Lovelace' } };
    await store.append({ aggregate: 'customer', id: 'c-1' }, [old], { expected: 'none' });
    const compiled = await Test.createTestingModule({
      imports: [DynamoEventStoreModule.forRoot({ tableName: 'unused' }), DynamoEventStoreModule.forFeature([Customer])],
      providers: [SplitName],
    })
      .overrideProvider(EventStore)
      .useValue(store)
      .compile();
    const app = await compiled.init();
    expect((await app.get(AggregateRepository).load(Customer, 'c-1')).name).toBe('King Lovelace, Ada');
    await app.close();
  });

  it('streams without classes', async () => {
    expect(await withoutClasses(new InMemoryEventStore())).toEqual({ balance: 70, types: ['deposited', 'withdrawn'] });
  });
});
