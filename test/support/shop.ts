import {
  Aggregate,
  AggregateRoot,
  defineView,
  DomainEvent,
  EventHandler,
  On,
  Projection,
  type RecordedEvent,
  type ViewWriter,
} from 'nestjs-dynamo-event-store';

/** A small shop for tests of the read side: carts, and two read models of them. */
@DomainEvent({ name: 'item-added' })
export class ItemAdded {
  constructor(
    readonly product: string,
    readonly quantity: number,
  ) {}
}

@DomainEvent({ name: 'cart-emptied' })
export class CartEmptied {}

@DomainEvent({ name: 'cart-noted' })
export class CartNoted {
  constructor(readonly note: string) {}
}

export const SHOP_EVENTS = [ItemAdded, CartEmptied, CartNoted];

@Aggregate({ name: 'cart' })
export class Cart extends AggregateRoot {
  private items = 0;

  add(product: string, quantity = 1): void {
    this.apply(new ItemAdded(product, quantity));
  }

  empty(): void {
    if (this.items > 0) this.apply(new CartEmptied());
  }

  note(note: string): void {
    this.apply(new CartNoted(note));
  }

  @EventHandler(ItemAdded) protected onAdded(event: ItemAdded): void {
    this.items += event.quantity;
  }
  @EventHandler(CartEmptied) protected onEmptied(): void {
    this.items = 0;
  }
  @EventHandler(CartNoted) protected onNoted(): void {
    // Nothing of the state depends on it.
  }
}

export interface CartView {
  items: number;
  /** Versions that were applied, so that a test sees each that is missing or doubled. */
  versions: number[];
}

export const carts = defineView<CartView>({ name: 'carts', keyedBy: 'stream' });

@Projection({ name: 'carts', version: 1, views: [carts] })
export class CartsProjection {
  @On(ItemAdded)
  async added(event: ItemAdded, { stream, version }: RecordedEvent, views: ViewWriter): Promise<void> {
    await views.of(carts).update(stream.id, (cart) => ({
      items: (cart?.items ?? 0) + event.quantity,
      versions: [...(cart?.versions ?? []), version],
    }));
  }

  @On(CartEmptied)
  async emptied(_: CartEmptied, { stream, version }: RecordedEvent, views: ViewWriter): Promise<void> {
    await views.of(carts).update(stream.id, (cart) => ({ items: 0, versions: [...(cart?.versions ?? []), version] }));
  }
}

export interface ProductView {
  product: string;
  quantity: number;
  events: number;
}

export const products = defineView<ProductView>({ name: 'products', keyedBy: 'key' });

@Projection({ name: 'products', version: 1, views: [products] })
export class ProductsProjection {
  @On(ItemAdded)
  added({ product, quantity }: ItemAdded, _: RecordedEvent, views: ViewWriter): void {
    views.of(products).increment(product, { quantity, events: 1 }, { product, quantity: 0, events: 0 });
  }
}
