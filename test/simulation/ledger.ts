import { Aggregate, AggregateRoot, DomainEvent, EventHandler, type AggregateClass } from 'nestjs-dynamo-event-store';
import type { SnapshotOptions } from 'nestjs-dynamo-event-store';

@DomainEvent({ name: 'entered' })
export class Entered {
  constructor(
    readonly amount: number,
    readonly filler?: string,
  ) {}
}

/** Depends on every event and on their order; holds nested values, which a shared instance would spoil. */
export abstract class Ledger extends AggregateRoot {
  checksum = 0;
  readonly recent: { amount: number }[] = [];

  enter(amount: number, filler?: string): this {
    this.apply(new Entered(amount, filler));
    return this;
  }

  @EventHandler(Entered) protected onEntered({ amount }: Entered): void {
    this.checksum = (this.checksum * 31 + amount) % 1_000_003;
    this.recent.push({ amount });
    if (this.recent.length > 3) this.recent.shift();
  }
}

const classes = new Map<SnapshotOptions | undefined, AggregateClass<Ledger>>();

/** A class of its own for each snapshot option; all of them read the same streams. */
export function ledgerClass(snapshot: SnapshotOptions | undefined): AggregateClass<Ledger> {
  let ledgers = classes.get(snapshot);
  if (ledgers === undefined) classes.set(snapshot, (ledgers = makeLedgerClass(snapshot)));
  return ledgers;
}

function makeLedgerClass(snapshot: SnapshotOptions | undefined): AggregateClass<Ledger> {
  @Aggregate(snapshot === undefined ? { name: 'ledger' } : { name: 'ledger', snapshot })
  class LedgerOfOption extends Ledger {}
  return LedgerOfOption;
}

export interface LedgerState {
  readonly checksum: number;
  readonly recent: readonly number[];
}

export function stateOf({ checksum, recent }: Ledger): LedgerState {
  return { checksum, recent: recent.map(({ amount }) => amount) };
}

/** What a caller without manners does to an aggregate it was given. */
export function scribbleOn(ledger: Ledger): void {
  ledger.checksum = -1;
  for (const entry of ledger.recent) entry.amount = -1;
  ledger.recent.length = 0;
}

/** The state after so many events, by a fold that shares no code with the library. */
export function foldedState(events: readonly { readonly event: object }[], version: number): LedgerState {
  const amounts = events.slice(0, version).map(({ event }) => (event as Entered).amount);
  const checksum = amounts.reduce((sum, amount) => (sum * 31 + amount) % 1_000_003, 0);
  return { checksum, recent: amounts.slice(-3) };
}
