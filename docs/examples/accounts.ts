import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Aggregate, AggregateRepository, AggregateRoot, DomainEvent, EventHandler } from 'nestjs-dynamo-event-store';

@DomainEvent({ name: 'account-opened' })
export class AccountOpened {
  constructor(readonly customerId: string) {}
}

@DomainEvent({ name: 'deposited' })
export class Deposited {
  constructor(readonly amount: number) {}
}

@DomainEvent({ name: 'withdrawn' })
export class Withdrawn {
  constructor(readonly amount: number) {}
}

@Aggregate({ name: 'account', snapshot: { every: 100 } })
export class Account extends AggregateRoot {
  balance = 0;

  static open(id: string, customerId: string): Account {
    const account = new Account(id);
    account.apply(new AccountOpened(customerId));
    return account;
  }

  deposit(amount: number): void {
    this.apply(new Deposited(amount));
  }

  withdraw(amount: number): void {
    if (amount > this.balance)
      throw new Error(`Account ${this.id} holds ${this.balance}, which is less than ${amount}.`);
    this.apply(new Withdrawn(amount));
  }

  @EventHandler(AccountOpened) protected onOpened(): void {
    this.balance = 0;
  }

  @EventHandler(Deposited) protected onDeposited({ amount }: Deposited): void {
    this.balance += amount;
  }

  @EventHandler(Withdrawn) protected onWithdrawn({ amount }: Withdrawn): void {
    this.balance -= amount;
  }
}

@DomainEvent({ name: 'customer-blocked' })
export class CustomerBlocked {
  constructor(readonly reason: string) {}
}

@DomainEvent({ name: 'customer-joined' })
export class CustomerJoined {}

@Aggregate({ name: 'customer' })
export class Customer extends AggregateRoot {
  private isBlocked = false;

  static join(id: string): Customer {
    const customer = new Customer(id);
    customer.apply(new CustomerJoined());
    return customer;
  }

  block(reason: string): void {
    this.apply(new CustomerBlocked(reason));
  }

  checkActive(): void {
    if (this.isBlocked) throw new Error(`Customer ${this.id} is blocked.`);
  }

  @EventHandler(CustomerJoined) protected onJoined(): void {
    this.isBlocked = false;
  }

  @EventHandler(CustomerBlocked) protected onBlocked(): void {
    this.isBlocked = true;
  }
}

export class Deposit {
  constructor(
    readonly requestId: string,
    readonly accountId: string,
    readonly amount: number,
  ) {}
}

// #region deposit
@CommandHandler(Deposit)
export class DepositHandler implements ICommandHandler<Deposit> {
  constructor(private readonly repository: AggregateRepository) {}

  async execute({ requestId, accountId, amount }: Deposit): Promise<number> {
    const decide = (account: Account): void => {
      account.deposit(amount);
    };
    const identity = { idempotencyKey: requestId, fingerprint: `deposit ${amount}` };
    const { version } = await this.repository.update(Account, accountId, decide, identity);
    return version;
  }
}
// #endregion

export class Transfer {
  constructor(
    readonly customerId: string,
    readonly from: string,
    readonly to: string,
    readonly amount: number,
  ) {}
}

// #region transfer
@CommandHandler(Transfer)
export class TransferHandler implements ICommandHandler<Transfer> {
  constructor(private readonly repository: AggregateRepository) {}

  /** @throws ConcurrencyError One of the three has moved on meanwhile, and nothing was stored. */
  async execute({ customerId, from, to, amount }: Transfer): Promise<void> {
    const [customer, source, target] = await Promise.all([
      this.repository.load(Customer, customerId),
      this.repository.load(Account, from),
      this.repository.load(Account, to),
    ]);
    customer.checkActive();
    source.withdraw(amount);
    target.deposit(amount);
    await this.repository.saveAll([source, target], { unchanged: [customer] });
  }
}
// #endregion
