import { Aggregate, AggregateRoot, DomainEvent, EventHandler } from 'nestjs-dynamo-event-store';

@DomainEvent({ name: 'account-opened' })
export class AccountOpened {}

@DomainEvent({ name: 'deposited' })
export class Deposited {
  constructor(
    readonly commandId: string,
    readonly amount: number,
    /** After the deposit, as its writer saw it: tells whether the writer decided on the state that the event follows. */
    readonly balance: number,
  ) {}
}

@Aggregate({ name: 'account', snapshot: { every: 50 } })
export class Account extends AggregateRoot<AccountOpened | Deposited> {
  balance = 0;

  static open(id: string): Account {
    const account = new Account(id);
    account.apply(new AccountOpened());
    return account;
  }

  deposit(amount: number, commandId: string): void {
    this.apply(new Deposited(commandId, amount, this.balance + amount));
  }

  @EventHandler(AccountOpened) protected onOpened(): void {
    this.balance = 0;
  }

  @EventHandler(Deposited) protected onDeposited({ amount }: Deposited): void {
    this.balance += amount;
  }
}
