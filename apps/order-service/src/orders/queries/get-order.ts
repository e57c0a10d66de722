import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ReadModelStore, type ViewItem, type ViewReader } from 'nestjs-dynamo-event-store';
import { Freshness } from '../read-model/freshness.js';
import { ORDER_SUMMARY, orderSummaries, type OrderSummary } from '../read-model/order-summary.js';
import { OwnWrites } from '../read-model/own-writes.js';
import { OrderBehindError } from './order-behind.error.js';
import { OrderNotFoundError } from './order-not-found.error.js';

/** A summary with the version of the order that it shows. */
export interface ShownOrder extends OrderSummary {
  readonly version: number;
}

export function shownOrder({ value, version = 0 }: ViewItem<OrderSummary>): ShownOrder {
  return { ...value, version };
}

/** One order at this version or later; by default with at least what this process has stored of it. */
export class GetOrder extends Query<ShownOrder> {
  constructor(
    readonly orderId: string,
    readonly minVersion?: number,
  ) {
    super();
  }
}

@QueryHandler(GetOrder)
export class GetOrderHandler implements IQueryHandler<GetOrder> {
  private readonly summaries: ViewReader<OrderSummary>;

  constructor(
    readModels: ReadModelStore,
    private readonly freshness: Freshness,
    private readonly ownWrites: OwnWrites,
  ) {
    this.summaries = readModels.view(orderSummaries);
  }

  /** @throws OrderNotFoundError, OrderBehindError, ProjectionBehindError, StreamParkedError */
  async execute({ orderId, minVersion }: GetOrder): Promise<ShownOrder> {
    const own = this.ownWrites.versionOf(ORDER_SUMMARY, orderId);
    const shown = await this.findAt(orderId, minVersion, own);
    if (shown !== undefined) return shown;
    if (own === undefined) throw new OrderNotFoundError(orderId);
    // It was stored here, so it cannot be said that there is none.
    throw new OrderBehindError(orderId, own);
  }

  /** One read when the summary is where it should be. */
  private async findAt(
    orderId: string,
    minVersion: number | undefined,
    own: number | undefined,
  ): Promise<ShownOrder | undefined> {
    const shown = await this.find(orderId);
    const version = minVersion ?? own;
    if (version === undefined) return shown;
    if (shown !== undefined && shown.version >= version) {
      this.ownWrites.forget(ORDER_SUMMARY, shown);
      return shown;
    }
    if (minVersion === undefined) await this.freshness.tryWaitFor(ORDER_SUMMARY, { orderId, version });
    else await this.freshness.waitFor(ORDER_SUMMARY, { orderId, version });
    return this.find(orderId);
  }

  private async find(orderId: string): Promise<ShownOrder | undefined> {
    const item = await this.summaries.find(orderId);
    return item && shownOrder(item);
  }
}
