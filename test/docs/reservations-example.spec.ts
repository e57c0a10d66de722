import { beforeEach, describe, expect, it } from '@jest/globals';
import { AggregateRepository } from 'nestjs-dynamo-event-store';
import { InMemoryEventStore, scenario } from 'nestjs-dynamo-event-store/testing';
import {
  Customer,
  CustomerLeft,
  CustomerRegistered,
  EmailChanged,
  EmailInUse,
  RegisterCustomer,
  RegisterCustomerHandler,
} from '../../docs/examples/customers.js';

const email = (value: string) => ({ scope: 'customer-email', value });
const ADA = 'Ada@Example.org';

describe('the example of docs/reservations.md', () => {
  let repository: AggregateRepository;
  let register: (customerId: string, address: string) => Promise<void>;

  beforeEach(() => {
    repository = new AggregateRepository(new InMemoryEventStore());
    const handler = new RegisterCustomerHandler(repository);
    register = (customerId, address) => handler.execute(new RegisterCustomer(customerId, address));
  });

  it('lets one customer at a time have an address, however it is written', async () => {
    await register('c-1', ADA);
    await expect(register('c-2', ' ada@example.org')).rejects.toThrow(EmailInUse);
    await repository.update(Customer, 'c-1', (customer) => {
      customer.changeEmail('ada@example.com');
    });
    await register('c-2', ' ada@example.org');
    await expect(register('c-3', 'ADA@example.com')).rejects.toThrow(EmailInUse);
    expect((await repository.holderOf('customer-email', 'ada@example.com'))?.id).toBe('c-1');
  });

  it('frees the address of a customer who leaves', async () => {
    await register('c-1', ADA);
    await repository.update(Customer, 'c-1', (customer) => {
      customer.leave();
    });
    await register('c-2', ADA);
  });

  it('keeps the same address in a change of its spelling', async () => {
    await register('c-1', ADA);
    await repository.update(Customer, 'c-1', (customer) => {
      customer.changeEmail('ada@example.org');
    });
    await expect(register('c-2', ADA)).rejects.toThrow(EmailInUse);
  });

  it('can be told by scenarios', async () => {
    const created = scenario(Customer).whenCreated(() => Customer.register('c-1', ADA));
    await created.thenEvents(new CustomerRegistered(ADA));
    await created.thenReserves(email('ada@example.org'));
    // #region scenario
    const changed = scenario(Customer)
      .given(new CustomerRegistered('ada@example.org'))
      .when((customer) => {
        customer.changeEmail('ada@example.com');
      });
    await changed.thenEvents(new EmailChanged('ada@example.com'));
    await changed.thenReserves({ scope: 'customer-email', value: 'ada@example.com' });
    await changed.thenReleases({ scope: 'customer-email', value: 'ada@example.org' });
    // #endregion
    const left = scenario(Customer)
      .given(new CustomerRegistered(ADA), new CustomerLeft())
      .when(() => undefined);
    await left.thenReserves();
    await expect(left.thenReserves(email('x'))).rejects.toThrow('Expected to reserve');
    await expect(changed.thenReserves()).rejects.toThrow('ada@example.com');
    await expect(changed.thenReleases(email('another'))).rejects.toThrow('Expected to release');
  });
});
