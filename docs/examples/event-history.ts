import { defineUpcaster, DomainEvent } from 'nestjs-dynamo-event-store';

// What was stored over the years: basket-opened (now order-opened), order-opened with the first payment in it, a price
// that came as an event of its own, and views of pages that nobody needs.

@DomainEvent({ name: 'order-opened', version: 3 })
export class OrderOpened {
  constructor(
    readonly customer: string,
    readonly price: number,
  ) {}
}

@DomainEvent({ name: 'payment-received' })
export class PaymentReceived {
  constructor(readonly amount: number) {}
}

// #region upcasters
export const upcasters = [
  // Rename: the stored name becomes another one.
  defineUpcaster(
    { event: 'basket-opened', from: 1, into: [{ event: 'order-opened', version: 1 }] },
    ({ who, paid }: { who: string; paid?: number }) => ({ who, paid }),
  ),
  // Split: one stored event becomes several, or fewer.
  defineUpcaster(
    {
      event: 'order-opened',
      from: 1,
      into: [
        { event: 'order-opened', version: 2 },
        { event: 'payment-received', version: 1 },
      ],
    },
    ({ who, paid }: { who: string; paid?: number }) => [
      { event: 'order-opened', payload: { customer: who } },
      ...(paid === undefined ? [] : [{ event: 'payment-received', payload: { amount: paid } }]),
    ],
  ),
  // Merge: what follows directly in the same commit is taken along.
  defineUpcaster(
    { event: 'order-opened', from: 2, with: [{ event: 'order-priced', version: 1 }] },
    (opened: { customer: string }, { price }: { price: number }) => ({ ...opened, price }),
  ),
  // Change: also what the merge falls back to where no price follows.
  defineUpcaster({ event: 'order-opened', from: 2 }, (opened: { customer: string }) => ({ ...opened, price: 0 })),
  // Drop.
  defineUpcaster({ event: 'page-viewed', from: 1, into: [] }, () => undefined),
];
// #endregion
