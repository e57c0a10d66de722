import {
  On,
  ProgressFence,
  Projection,
  type ProgressKey,
  type ProgressStep,
  type RecordedEvent,
} from 'nestjs-dynamo-event-store';
import type { TableSum } from '../contestant.js';
import { LineAdded } from './order.js';

/** Keeps progress in memory, as a read model in memory needs it; it has no transaction to give. */
export class MemoryFence extends ProgressFence<never> {
  override readonly isAtomic = true;
  private readonly positions = new Map<string, number>();

  applied({ stream }: ProgressKey): Promise<number> {
    return Promise.resolve(this.positions.get(stream.id) ?? 0);
  }

  async advance({ stream, from, to }: ProgressStep, work: (transaction: never) => Promise<void>): Promise<boolean> {
    if ((this.positions.get(stream.id) ?? 0) !== from) return false;
    await work(undefined as never);
    this.positions.set(stream.id, to);
    return true;
  }
}

/** Counts lines and adds up money, per order. */
@Projection({ name: 'order-totals', aggregates: ['order'], fence: MemoryFence })
export class OrderTotals {
  private readonly cents = new Map<string, number>();
  private events = 0;

  @On(LineAdded) add({ line }: LineAdded, { stream }: RecordedEvent<LineAdded>): void {
    this.events += 1;
    this.cents.set(stream.id, (this.cents.get(stream.id) ?? 0) + line.quantity * line.unitPrice);
  }

  get sum(): TableSum {
    const cents = [...this.cents.values()].reduce((total, each) => total + each, 0);
    return { streams: this.cents.size, events: this.events, cents };
  }
}
