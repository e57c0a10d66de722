import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  Aggregate,
  AggregateRepository,
  AggregateRoot,
  DomainEvent,
  EventHandler,
  ValueTakenError,
} from 'nestjs-dynamo-event-store';

@DomainEvent({ name: 'customer-registered' })
export class CustomerRegistered {
  constructor(readonly email: string) {}
}

@DomainEvent({ name: 'customer-email-changed' })
export class EmailChanged {
  constructor(readonly email: string) {}
}

@DomainEvent({ name: 'customer-left' })
export class CustomerLeft {}

// #region customer
const EMAIL = 'customer-email';

@Aggregate({ name: 'customer' })
export class Customer extends AggregateRoot {
  private email = '';

  static register(id: string, email: string): Customer {
    const customer = new Customer(id);
    customer.reserveValue(EMAIL, normalForm(email));
    customer.apply(new CustomerRegistered(email));
    return customer;
  }

  changeEmail(email: string): void {
    this.releaseValue(EMAIL, normalForm(this.email));
    this.reserveValue(EMAIL, normalForm(email));
    this.apply(new EmailChanged(email));
  }

  leave(): void {
    if (this.email === '') return;
    this.releaseValue(EMAIL, normalForm(this.email));
    this.apply(new CustomerLeft());
  }

  @EventHandler(CustomerRegistered) protected onRegistered({ email }: CustomerRegistered): void {
    this.email = email;
  }

  @EventHandler(EmailChanged) protected onEmailChanged({ email }: EmailChanged): void {
    this.email = email;
  }

  @EventHandler(CustomerLeft) protected onLeft(): void {
    this.email = '';
  }
}

/** Addresses that are the same to people must be the same letter by letter. */
export function normalForm(email: string): string {
  return email.trim().normalize('NFC').toLowerCase();
}
// #endregion

export class RegisterCustomer {
  constructor(
    readonly customerId: string,
    readonly email: string,
  ) {}
}

export class EmailInUse extends Error {}

// #region register
@CommandHandler(RegisterCustomer)
export class RegisterCustomerHandler implements ICommandHandler<RegisterCustomer> {
  constructor(private readonly repository: AggregateRepository) {}

  async execute({ customerId, email }: RegisterCustomer): Promise<void> {
    try {
      await this.repository.save(Customer.register(customerId, email));
    } catch (error) {
      if (error instanceof ValueTakenError) throw new EmailInUse('Somebody else uses this address.', { cause: error });
      throw error;
    }
  }
}
// #endregion
