import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ReadModelStore, type ViewReader } from 'nestjs-dynamo-event-store';
import type { OrderStatus } from '../domain/order-status.js';
import { Freshness } from '../read-model/freshness.js';
import {
  customerAndStatus,
  ORDER_SUMMARY,
  orderSummaries,
  type OrderSummary,
  type OrderIndex,
} from '../read-model/order-summary.js';
import type { OrderVersion } from '../read-model/own-writes.js';
import { shownOrder, type ShownOrder } from './get-order.js';

export interface OrderPage {
  readonly items: readonly ShownOrder[];
  /** For the next page; absent on the last. */
  readonly cursor?: string;
}

export interface OrderFilter {
  readonly customerId?: string | undefined;
  readonly status?: OrderStatus | undefined;
}

/** How a page of a list is asked for. */
export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
  /** The list must take this version of an order into account; by default what this process has stored. */
  readonly after?: OrderVersion | undefined;
}

/** A page of orders, newest first by time of placing. Eventually consistent. */
export class ListOrders extends Query<OrderPage> {
  constructor(
    readonly filter: OrderFilter,
    readonly page: PageRequest,
  ) {
    super();
  }
}

@QueryHandler(ListOrders)
export class ListOrdersHandler implements IQueryHandler<ListOrders> {
  private readonly summaries: ViewReader<OrderSummary, OrderIndex>;

  constructor(
    readModels: ReadModelStore,
    private readonly freshness: Freshness,
  ) {
    this.summaries = readModels.view(orderSummaries);
  }

  /**
   * @throws InvalidArgumentError The cursor is not one of this list.
   * @throws ProjectionBehindError, StreamParkedError `after` is not shown.
   */
  async execute({ filter, page: { limit, cursor, after } }: ListOrders): Promise<OrderPage> {
    if (after === undefined) await this.freshness.tryWaitForOwnWrites(ORDER_SUMMARY);
    else await this.freshness.waitFor(ORDER_SUMMARY, after);
    const page = await this.summaries.query({ ...placeOf(filter), order: 'backward', limit, cursor });
    return { ...page, items: page.items.map(shownOrder) };
  }
}

function placeOf({ customerId, status }: OrderFilter): { index: OrderIndex; partition: string } {
  if (customerId !== undefined && status !== undefined)
    return { index: 'customerAndStatus', partition: customerAndStatus({ customerId, status }) };
  if (customerId !== undefined) return { index: 'customer', partition: customerId };
  if (status !== undefined) return { index: 'status', partition: status };
  return { index: 'all', partition: 'all' };
}
