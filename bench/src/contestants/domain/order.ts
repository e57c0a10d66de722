import { Aggregate, AggregateRoot, DomainEvent, EventHandler } from 'nestjs-dynamo-event-store';
import {
  LINE_ADDED,
  type CustomerData,
  type LineAddedData,
  type LineData,
  type OrderState,
} from '../../works/order-events.js';
import { SNAPSHOT_STREAM } from '../../works/works.js';

/** The payload of `LineAddedData`, as a class. */
@DomainEvent({ name: LINE_ADDED })
export class LineAdded {
  constructor(
    readonly customer: CustomerData,
    readonly line: LineData,
    readonly at: string,
  ) {}
}

/** What is known of an order, whatever its events are made of. */
export abstract class CountedOrder extends AggregateRoot {
  private lines = 0;
  private quantity = 0;
  private cents = 0;
  private lastCustomer = '';

  abstract addLines(lines: readonly LineAddedData[]): void;

  get total(): OrderState {
    const { lines, quantity, cents, lastCustomer } = this;
    return { lines, quantity, cents, lastCustomer };
  }

  protected count({ customer, line }: LineAddedData): void {
    this.lines += 1;
    this.quantity += line.quantity;
    this.cents += line.quantity * line.unitPrice;
    this.lastCustomer = customer.id;
  }
}

@Aggregate({ name: 'order' })
export class Order extends CountedOrder {
  override addLines(lines: readonly LineAddedData[]): void {
    for (const { customer, line, at } of lines) this.apply(new LineAdded(customer, line, at));
  }

  @EventHandler(LineAdded) protected onLineAdded(event: LineAdded): void {
    this.count(event);
  }
}

@Aggregate({ name: 'long-order', snapshot: { every: SNAPSHOT_STREAM.snapshotAt, write: 'await' } })
export class LongOrder extends Order {}
