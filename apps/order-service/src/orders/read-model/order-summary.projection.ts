import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { InjectRepository, type RecordedEvent, type Repository } from 'nestjs-dynamo-event-store';
import { Order } from '../domain/order.js';
import { applyToSummary, type OrderSummary } from './order-summary.js';
import { OrderSummaryStore } from './order-summary.store.js';

/** Each lost attempt means that another process has brought the summary forward, so a few suffice. */
const ATTEMPTS = 20;

/** How long the service waits for running projections when it stops. */
const DRAIN_LIMIT_MS = 5_000;

interface Run {
  /** Version that the summary must reach before the run may end. */
  wanted: number;
  /** Events handed in since the last look, by version: what need not be read again. */
  readonly events: Map<number, RecordedEvent>;
  readonly ended: Promise<void>;
}

/**
 * Applies events to summaries, each exactly once and in order, whoever delivers them and however often: the summary item
 * holds the version it shows, is only replaced while it still has it, and what is missing in between is read from the
 * event store. So a lost event is made up for by the next one, and several processes may do this at once.
 */
@Injectable()
export class OrderSummaryProjection implements BeforeApplicationShutdown {
  private readonly logger = new Logger(OrderSummaryProjection.name);
  private readonly runs = new Map<string, Run>();

  constructor(
    private readonly summaries: OrderSummaryStore,
    @InjectRepository(Order) private readonly orders: Repository<Order>,
  ) {}

  /** Brings the summary to at least this event. Never rejects: a failure is logged, and the next event or read makes up for it. */
  project(recorded: RecordedEvent): Promise<void> {
    const orderId = recorded.stream.id;
    const underWay = this.runs.get(orderId);
    if (underWay !== undefined) {
      underWay.wanted = Math.max(underWay.wanted, recorded.version);
      underWay.events.set(recorded.version, recorded);
      return underWay.ended;
    }
    const { promise: ended, resolve } = withResolvers();
    const run: Run = { wanted: recorded.version, events: new Map([[recorded.version, recorded]]), ended };
    this.runs.set(orderId, run);
    void this.execute(orderId, run).then(resolve);
    return ended;
  }

  /** Resolves when this process has applied what it knows of the order, or after `limitMs`. */
  async settled(orderId: string, limitMs: number): Promise<void> {
    await within(limitMs, this.runs.get(orderId)?.ended);
  }

  /** The summary with everything that is stored at this moment; `undefined` when there is no such order. */
  async catchUp(
    orderId: string,
    known: ReadonlyMap<number, RecordedEvent> = new Map(),
  ): Promise<OrderSummary | undefined> {
    for (let attempt = 1; ; attempt++) {
      const current = await this.summaries.find(orderId);
      const next = await this.foldNewer(orderId, current, known);
      if (next === undefined || next.version === current?.version) return current;
      if (await this.summaries.replace(next, current?.version)) return next;
      if (attempt === ATTEMPTS)
        throw new Error(`The summary of order ${orderId} was changed ${ATTEMPTS} times meanwhile.`);
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    const ended = Promise.all(Array.from(this.runs.values(), (run) => run.ended));
    await within(DRAIN_LIMIT_MS, ended);
    if (this.runs.size > 0)
      this.logger.warn(`Stopped with ${this.runs.size} summaries behind; they are made up for on the next read.`);
  }

  private async execute(orderId: string, run: Run): Promise<void> {
    try {
      let reached = 0;
      while (reached < run.wanted) {
        const known = new Map(run.events);
        run.events.clear();
        reached = (await this.catchUp(orderId, known))?.version ?? run.wanted;
      }
    } catch (error) {
      this.logger.error(
        `The summary of order ${orderId} is behind version ${run.wanted}.`,
        error instanceof Error ? error.stack : error,
      );
    } finally {
      this.runs.delete(orderId);
    }
  }

  /** Folds the events at hand if they follow on from the summary, and reads them otherwise. */
  private async foldNewer(
    orderId: string,
    current: OrderSummary | undefined,
    known: ReadonlyMap<number, RecordedEvent>,
  ): Promise<OrderSummary | undefined> {
    const from = (current?.version ?? 0) + 1;
    let next = current;
    for (let event = known.get(from); event !== undefined; event = known.get(event.version + 1)) {
      next = applyToSummary(next, event);
    }
    const newest = Math.max(0, ...known.keys());
    if (known.size > 0 && newest <= (next?.version ?? 0)) return next;
    for await (const event of this.orders.history(orderId, { from: (next?.version ?? 0) + 1 })) {
      next = applyToSummary(next, event);
    }
    return next;
  }
}

async function within(limitMs: number, work: Promise<unknown> | undefined): Promise<void> {
  if (work === undefined) return;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise((resolve) => (timer = setTimeout(resolve, limitMs)));
  await Promise.race([work, limit]);
  clearTimeout(timer);
}

/** `Promise.withResolvers`, which Node 20 does not have. */
function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((resolvePromise) => (resolve = resolvePromise));
  return { promise, resolve };
}
