import { Inject, Injectable } from '@nestjs/common';
import { EventStore, ProjectionBehindError, Projections, StreamParkedError } from 'nestjs-dynamo-event-store';
import { requestContext } from '../../http/request-context.js';
import { OwnWrites, type OrderVersion, type ReadModelName } from './own-writes.js';
import { SharedWaits } from './shared-waits.js';

/** Token: how long a query waits for a read model at most, in ms. */
export const READ_WAIT_MS = Symbol('READ_WAIT_MS');

/** Orders that are looked at side by side. */
const AT_ONCE = 50;

interface Outcome {
  readonly behind?: ProjectionBehindError;
  /** Whether there is anything to wait for. */
  readonly isStored: boolean;
}

/** Lets queries wait until a read model shows what their caller must see. */
@Injectable()
export class Freshness {
  private readonly waits = new SharedWaits<Outcome>();

  constructor(
    private readonly projections: Projections,
    private readonly events: EventStore,
    private readonly ownWrites: OwnWrites,
    @Inject(READ_WAIT_MS) private readonly waitMs: number,
  ) {}

  /**
   * Resolves when the read model shows the order up to the version. It does not wait for a version that is not stored:
   * whoever was told of one was told after it was.
   * @throws ProjectionBehindError, StreamParkedError
   */
  async waitFor(readModel: ReadModelName, target: OrderVersion): Promise<void> {
    await this.wait(readModel, target, this.waitMs, false);
  }

  /** For what this process has stored. An order that is behind or parked is not worth an error: what there is is shown. */
  async tryWaitFor(readModel: ReadModelName, target: OrderVersion, timeoutMs = this.waitMs): Promise<void> {
    try {
      await this.wait(readModel, target, timeoutMs, true);
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

  private async wait(readModel: ReadModelName, target: OrderVersion, timeoutMs: number, isOwn: boolean): Promise<void> {
    const gone = requestContext.getStore()?.clientGone;
    const deadline = performance.now() + timeoutMs;
    const key = JSON.stringify([readModel, target.orderId, target.version]);
    // A wait that was joined may have begun before, and so end before it is time.
    for (let leftMs = timeoutMs; ; leftMs = deadline - performance.now()) {
      const look = (signal: AbortSignal) =>
        this.look(readModel, target, isOwn, { timeoutMs: Math.max(0, leftMs), signal });
      const { behind, isStored } = await this.waits.join(key, look, gone);
      if (behind === undefined) break;
      if (!isStored || gone?.aborted === true || performance.now() >= deadline) throw behind;
    }
    this.ownWrites.forget(readModel, target);
  }

  private async look(
    readModel: ReadModelName,
    { orderId, version }: OrderVersion,
    isOwn: boolean,
    { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<Outcome> {
    const stream = { aggregate: 'order', id: orderId };
    const isStored = isOwn || (await this.events.head(stream)).version >= version;
    try {
      await this.projections.waitFor(readModel, { stream, version }, { timeoutMs: isStored ? timeoutMs : 0, signal });
      return { isStored };
    } catch (behind) {
      if (!(behind instanceof ProjectionBehindError)) throw behind;
      return { behind, isStored };
    }
  }
}
