import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ORDER_SUMMARY } from './order-summary.js';
import { REVENUE } from './revenue.js';

/** How many orders, and for how long: by then a projection that works has long shown them. */
const ORDERS = 10_000;
const LATELY_MS = 30_000;

export type ReadModelName = typeof ORDER_SUMMARY | typeof REVENUE;

/** A version of an order that a query should show. */
export interface OrderVersion {
  readonly orderId: string;
  readonly version: number;
}

/** Versions that commands of this process have stored lately, and that its queries have not yet found shown. */
@Injectable()
export class OwnWrites {
  private readonly waiting: Readonly<Record<ReadModelName, LRUCache<string, number>>> = {
    [ORDER_SUMMARY]: new LRUCache({ max: ORDERS, ttl: LATELY_MS }),
    [REVENUE]: new LRUCache({ max: ORDERS, ttl: LATELY_MS }),
  };

  remember({ orderId, version }: OrderVersion): void {
    // Two commands may be answered in another order than they were stored.
    for (const versions of Object.values(this.waiting))
      versions.set(orderId, Math.max(version, versions.get(orderId) ?? 0));
  }

  versionOf(readModel: ReadModelName, orderId: string): number | undefined {
    return this.waiting[readModel].get(orderId);
  }

  allOf(readModel: ReadModelName): OrderVersion[] {
    return Array.from(this.waiting[readModel].entries(), ([orderId, version]) => ({ orderId, version }));
  }

  /** The read model shows the order up to this version. */
  forget(readModel: ReadModelName, { orderId, version }: OrderVersion): void {
    const versions = this.waiting[readModel];
    if ((versions.get(orderId) ?? Infinity) <= version) versions.delete(orderId);
  }
}
