import { Type } from 'class-transformer';
import {
  Aggregate,
  AggregateRoot,
  DomainEvent,
  EventHandler,
  type AggregateClass,
  type SnapshotOptions,
} from 'nestjs-dynamo-event-store';

@DomainEvent({ name: 'deposited' })
export class Deposited {
  constructor(
    readonly amount: number,
    readonly note?: string,
  ) {}
}

@DomainEvent({ name: 'tagged' })
export class Tagged {
  constructor(
    readonly tag: string,
    readonly at: Date,
  ) {}
}

export class Entry {
  constructor(
    readonly amount: number,
    readonly note: string | undefined,
  ) {}
  get isLarge(): boolean {
    return this.amount > 100;
  }
}

/** An account whose state holds what is easily lost: instances, dates, maps, sets, undefined fields, shared lists. */
abstract class AccountBase extends AggregateRoot {
  balance = 0;
  lastNote: string | undefined;
  @Type(() => Entry)
  readonly entries: Entry[] = [];
  readonly tags = new Map<string, Date>();
  readonly notes = new Set<string>();

  deposit(amount: number, note?: string): this {
    if (amount === 0) throw new RangeError('nothing to deposit');
    this.apply(new Deposited(amount, note));
    return this;
  }

  tag(tag: string, at: Date): this {
    this.apply(new Tagged(tag, at));
    return this;
  }

  @EventHandler(Deposited) protected onDeposited({ amount, note }: Deposited): void {
    this.balance += amount;
    this.lastNote = note;
    this.entries.push(new Entry(amount, note));
    if (this.entries.length > 5) this.entries.shift();
    if (note !== undefined) this.notes.add(note);
  }

  @EventHandler(Tagged) protected onTagged({ tag, at }: Tagged): void {
    this.tags.set(tag, at);
  }
}

export type Account = AccountBase;

/** An account class with the given snapshot option; always of the same name, so that they read each other's streams. */
export function accountClass(snapshot?: SnapshotOptions): AggregateClass<AccountBase> {
  @Aggregate(snapshot === undefined ? { name: 'account' } : { name: 'account', snapshot })
  class Account extends AccountBase {}
  return Account;
}

export function stateOf(account: AccountBase): object {
  const { balance, lastNote, entries, tags, notes, version } = account;
  return { balance, lastNote, entries, tags, notes, version };
}
