import { Inject, Injectable } from '@nestjs/common';
import { ProjectionBehindError, Projections, StreamParkedError } from 'nestjs-dynamo-event-store';
import { OwnWrites, type OrderVersion, type ReadModelName } from './own-writes.js';

/** Token: how long a query waits for a read model at most, in ms. */
export const READ_WAIT_MS = Symbol('READ_WAIT_MS');

/** Orders that are looked at side by side. */
const AT_ONCE = 50;

/** Lets queries wait until a read model shows what their caller must see. */
@Injectable()
export class Freshness {
  constructor(
    private readonly projections: Projections,
    private readonly ownWrites: OwnWrites,
    @Inject(READ_WAIT_MS) private readonly waitMs: number,
  ) {}

  /**
   * Resolves when the read model shows the order up to the version, also one that is stored only now.
   * @throws ProjectionBehindError, StreamParkedError
   */
  async waitFor(readModel: ReadModelName, target: OrderVersion, timeoutMs = this.waitMs): Promise<void> {
    const stream = { aggregate: 'order', id: target.orderId };
    await this.projections.waitFor(readModel, { stream, version: target.version }, { timeoutMs });
    this.ownWrites.forget(readModel, target);
  }

  /** Like `waitFor`, but an order that is behind or parked is not worth an error: what there is is shown. */
  async tryWaitFor(readModel: ReadModelName, target: OrderVersion, timeoutMs = this.waitMs): Promise<void> {
    try {
      await this.waitFor(readModel, target, timeoutMs);
    } catch (error) {
      if (!(error instanceof ProjectionBehindError || error instanceof StreamParkedError)) throw error;
    }
  }

  /** Before a list: waits until everything is shown that this process has stored lately, but no longer than usual. */
  async tryWaitForOwnWrites(readModel: ReadModelName): Promise<void> {
    const deadline = performance.now() + this.waitMs;
    const targets = this.ownWrites.allOf(readModel);
    for (let from = 0; from < targets.length; from += AT_ONCE) {
      const leftMs = Math.max(0, deadline - performance.now());
      const group = targets.slice(from, from + AT_ONCE);
      await Promise.all(group.map((target) => this.tryWaitFor(readModel, target, leftMs)));
    }
  }
}
