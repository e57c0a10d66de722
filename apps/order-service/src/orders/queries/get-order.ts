import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { OrderSummaryProjection } from '../read-model/order-summary.projection.js';
import type { OrderSummary } from '../read-model/order-summary.js';
import { OrderNotFoundError } from './order-not-found.error.js';

/** One order with everything that is stored of it at this moment, whichever process stored it. */
export class GetOrder extends Query<OrderSummary> {
  constructor(readonly orderId: string) {
    super();
  }
}

@QueryHandler(GetOrder)
export class GetOrderHandler implements IQueryHandler<GetOrder> {
  constructor(private readonly projection: OrderSummaryProjection) {}

  async execute({ orderId }: GetOrder): Promise<OrderSummary> {
    const summary = await this.projection.catchUp(orderId);
    if (summary === undefined) throw new OrderNotFoundError(orderId);
    return summary;
  }
}
