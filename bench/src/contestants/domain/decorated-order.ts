import { Type } from 'class-transformer';
import { Aggregate, DomainEvent, EventHandler } from 'nestjs-dynamo-event-store';
import { LINE_ADDED, type CustomerData, type LineAddedData, type LineData } from '../../works/order-events.js';
import { CountedOrder } from './order.js';

class Address {
  street!: string;
  city!: string;
  zip!: string;
}

class Customer {
  id!: string;
  name!: string;
  @Type(() => Address) address!: Address;
}

class Line {
  productId!: string;
  quantity!: number;
  unitPrice!: number;
  note!: string;

  get cents(): number {
    return this.quantity * this.unitPrice;
  }
}

/** The same payload as that of `LineAdded`, with classes inside it. */
@DomainEvent({ name: LINE_ADDED })
class DecoratedLineAdded {
  @Type(() => Customer) readonly customer: CustomerData;
  @Type(() => Line) readonly line: LineData;
  readonly at: string;

  constructor(customer: CustomerData, line: LineData, at: string) {
    this.customer = customer;
    this.line = line;
    this.at = at;
  }
}

@Aggregate({ name: 'order' })
export class DecoratedOrder extends CountedOrder {
  override addLines(lines: readonly LineAddedData[]): void {
    for (const { customer, line, at } of lines) this.apply(new DecoratedLineAdded(customer, line, at));
  }

  @EventHandler(DecoratedLineAdded) protected onDecorated(event: DecoratedLineAdded): void {
    this.count(event);
  }
}
