import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { decodeCursor, encodeCursor } from '../read-model/list-cursor.js';
import type { OrderSummary } from '../read-model/order-summary.js';
import { OrderSummaryStore, type SummaryFilter } from '../read-model/order-summary.store.js';

export interface OrderPage {
  readonly items: readonly OrderSummary[];
  /** For the next page; absent on the last. */
  readonly cursor?: string;
}

/** A page of orders. Eventually consistent. */
export class ListOrders extends Query<OrderPage> {
  constructor(
    readonly filter: SummaryFilter,
    readonly limit: number,
    readonly cursor: string | undefined,
  ) {
    super();
  }
}

@QueryHandler(ListOrders)
export class ListOrdersHandler implements IQueryHandler<ListOrders> {
  constructor(private readonly summaries: OrderSummaryStore) {}

  /** @throws InvalidCursorError The cursor is not one of this list. */
  async execute({ filter, limit, cursor }: ListOrders): Promise<OrderPage> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor, filter);
    const { items, more } = await this.summaries.list(filter, after, limit);
    const last = items.at(-1);
    return more && last !== undefined ? { items, cursor: encodeCursor(filter, last) } : { items };
  }
}
