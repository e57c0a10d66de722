import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { InjectRepository, type RecordedEvent, type Repository } from 'nestjs-dynamo-event-store';
import { Order } from '../domain/order.js';
import { OrderNotFoundError } from './order-not-found.error.js';

/** Up to this version, or up to this time of storing; both inclusive. */
export type AsOf = number | Date;

/** The events of one order with their envelopes, oldest first, read as they are consumed. */
export class GetOrderHistory extends Query<AsyncIterable<RecordedEvent>> {
  constructor(
    readonly orderId: string,
    readonly asOf: AsOf | undefined,
  ) {
    super();
  }
}

@QueryHandler(GetOrderHistory)
export class GetOrderHistoryHandler implements IQueryHandler<GetOrderHistory> {
  constructor(@InjectRepository(Order) private readonly orders: Repository<Order>) {}

  /** Reads up to the first event, so that what can be known to fail fails before anything is answered. */
  async execute({ orderId, asOf }: GetOrderHistory): Promise<AsyncIterable<RecordedEvent>> {
    const range = asOf === undefined ? {} : typeof asOf === 'number' ? { to: asOf } : { asOf };
    const iterator = this.orders.history(orderId, range)[Symbol.asyncIterator]();
    const first = await iterator.next();
    if (first.done === true) await this.checkExists(orderId);
    return resume(first, iterator);
  }

  /** Nothing up to some time may also mean that the order is younger. */
  private async checkExists(orderId: string): Promise<void> {
    const { done } = await this.orders.history(orderId, { limit: 1 })[Symbol.asyncIterator]().next();
    if (done === true) throw new OrderNotFoundError(orderId);
  }
}

async function* resume<T>(first: IteratorResult<T, unknown>, rest: AsyncIterator<T, unknown>): AsyncGenerator<T> {
  try {
    for (let next = first; next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
