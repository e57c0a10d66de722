import { Aggregate, AggregateRoot, DomainEvent, EventHandler } from 'nestjs-dynamo-event-store';
import { BOOKED } from './bookings.js';

export const SNAPSHOT_EVERY = 100;

/** An event of any size: the text makes it as large as it is to be. */
@DomainEvent({ name: BOOKED })
export class Booked {
  constructor(
    readonly amount: number,
    readonly text: string,
  ) {}
}

@Aggregate({ name: 'account' })
export class Account extends AggregateRoot<Booked> {
  balance = 0;

  book(amount: number, text: string): this {
    this.apply(new Booked(amount, text));
    return this;
  }

  @EventHandler(Booked) protected onBooked({ amount }: Booked): void {
    this.balance += amount;
  }
}

/** The same aggregate to whoever wants snapshots of it: both read the same streams. */
@Aggregate({ name: 'account', snapshot: { every: SNAPSHOT_EVERY, write: 'await' } })
export class AccountWithSnapshots extends Account {}
