import {
  Aggregate,
  AggregateRoot,
  allOf,
  anyOf,
  DomainEvent,
  EventHandler,
  everyBytes,
  everyEvents,
  SnapshotState,
  StoredValue,
} from 'nestjs-dynamo-event-store';

@StoredValue({ name: 'cart-line' })
export class CartLine {
  constructor(
    readonly product: string,
    readonly quantity: number,
  ) {}
}

@DomainEvent({ name: 'put-into-cart' })
export class PutIntoCart {
  constructor(
    readonly product: string,
    readonly quantity: number,
  ) {}
}

// After 200 events, or after 50 KB of them if these are at least 20.
const policy = allOf(everyEvents(20), anyOf(everyEvents(200), everyBytes(50_000)));

@Aggregate({ name: 'cart', snapshot: { when: policy, version: 1, write: 'await' } })
export class Cart extends AggregateRoot {
  // Marked fields are all that is stored.
  @SnapshotState() private readonly lines: CartLine[] = [];
  // Not stored, so no event may change it: every load has what the constructor makes.
  readonly #room = 1_000;

  put(product: string, quantity: number): void {
    if (this.lines.length === this.#room) throw new Error(`Cart ${this.id} is full.`);
    this.apply(new PutIntoCart(product, quantity));
  }

  get content(): readonly CartLine[] {
    return this.lines;
  }

  @EventHandler(PutIntoCart) protected onPut({ product, quantity }: PutIntoCart): void {
    this.lines.push(new CartLine(product, quantity));
  }
}
