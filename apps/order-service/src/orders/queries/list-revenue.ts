import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { ReadModelStore, type ViewQuery, type ViewReader } from 'nestjs-dynamo-event-store';
import { moneyOfCents, type Money } from '../domain/money.js';
import { Freshness } from '../read-model/freshness.js';
import { REVENUE, revenue, type Revenue, type RevenueIndex } from '../read-model/revenue.js';
import type { PageRequest } from './list-orders.js';

export interface ShownRevenue {
  /** Such as `2026-01-31`. */
  readonly day: string;
  readonly productId: string;
  readonly quantity: number;
  readonly revenue: Money;
}

export interface RevenuePage {
  readonly items: readonly ShownRevenue[];
  /** For the next page; absent on the last. */
  readonly cursor?: string;
}

export interface RevenueFilter {
  readonly day?: string | undefined;
  readonly productId?: string | undefined;
}

/** A page of revenue, by day and within a day by product. Eventually consistent. */
export class ListRevenue extends Query<RevenuePage> {
  constructor(
    readonly filter: RevenueFilter,
    readonly page: PageRequest,
  ) {
    super();
  }
}

@QueryHandler(ListRevenue)
export class ListRevenueHandler implements IQueryHandler<ListRevenue> {
  private readonly revenue: ViewReader<Revenue, RevenueIndex>;

  constructor(
    readModels: ReadModelStore,
    private readonly freshness: Freshness,
  ) {
    this.revenue = readModels.view(revenue);
  }

  /**
   * @throws InvalidArgumentError The cursor is not one of this list.
   * @throws ProjectionBehindError, StreamParkedError `after` is not shown.
   */
  async execute({ filter, page: { limit, cursor, after } }: ListRevenue): Promise<RevenuePage> {
    if (after === undefined) await this.freshness.tryWaitForOwnWrites(REVENUE);
    else await this.freshness.waitFor(REVENUE, after);
    const { items, ...rest } = await this.revenue.query({ ...placeOf(filter), limit, cursor });
    return { items: items.map(({ value }) => shown(value)), ...rest };
  }
}

function placeOf({
  day,
  productId,
}: RevenueFilter): Pick<ViewQuery<RevenueIndex>, 'index' | 'partition' | 'from' | 'to'> {
  if (day !== undefined) {
    const place = { index: 'day', partition: day } as const;
    return productId === undefined ? place : { ...place, from: productId, to: productId };
  }
  return productId === undefined ? { index: 'all', partition: 'all' } : { index: 'product', partition: productId };
}

function shown({ day, productId, quantity, millions, cents }: Revenue): ShownRevenue {
  return { day, productId, quantity, revenue: moneyOfCents(cents, millions) };
}
