import { DomainEvent } from 'nestjs-dynamo-event-store';

// #region event
interface Line {
  readonly sku: string;
  readonly quantity: number;
  readonly price: bigint;
}

@DomainEvent({ name: 'order-placed' })
export class OrderPlaced {
  constructor(
    readonly customerId: string,
    readonly lines: readonly Line[],
    readonly placedAt: Date,
    readonly note?: string,
  ) {}
}
// #endregion
