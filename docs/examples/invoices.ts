import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import {
  Aggregate,
  AggregateRoot,
  defineUpcaster,
  DomainEvent,
  DynamoEventStoreModule,
  EventHandler,
} from 'nestjs-dynamo-event-store';
import { Iban, Money } from './money.js';

// #region events
@DomainEvent({ name: 'invoice-issued' })
export class InvoiceIssued {
  constructor(
    readonly total: Money,
    readonly payableTo: Iban,
  ) {}
}

@DomainEvent({ name: 'invoice-paid', version: 3 })
export class InvoicePaid {
  constructor(
    readonly amount: Money,
    readonly paidAt: Date,
  ) {}
}
// #endregion

// #region aggregate
@Aggregate({ name: 'invoice', snapshot: { every: 50 } })
export class Invoice extends AggregateRoot<InvoiceIssued | InvoicePaid> {
  private total?: Money;
  private readonly payments: { readonly amount: Money; readonly paidAt: Date }[] = [];

  static issue(id: string, total: Money, payableTo: Iban): Invoice {
    const invoice = new Invoice(id);
    invoice.apply(new InvoiceIssued(total, payableTo));
    return invoice;
  }

  pay(amount: Money, paidAt: Date): void {
    if (this.total === undefined) throw new Error(`Invoice ${this.id} is not issued.`);
    this.apply(new InvoicePaid(amount, paidAt));
  }

  get paid(): Money | undefined {
    const [first, ...others] = this.payments.map(({ amount }) => amount);
    return first && others.reduce((sum, amount) => sum.plus(amount), first);
  }

  @EventHandler(InvoiceIssued) protected onIssued({ total }: InvoiceIssued): void {
    this.total = total;
  }

  @EventHandler(InvoicePaid) protected onPaid({ amount, paidAt }: InvoicePaid): void {
    this.payments.push({ amount, paidAt });
  }
}
// #endregion

// #region upcasters
export const upcasters = [
  // Version 1 had a number of cents, and nothing but euros.
  defineUpcaster({ event: 'invoice-paid', from: 1 }, ({ cents, at }: { cents: number; at: Date }) => ({
    amount: Money.of(BigInt(cents), 'EUR'),
    at,
  })),
  // What is stored of version 2 is a Money, so this one gets a Money.
  defineUpcaster({ event: 'invoice-paid', from: 2 }, ({ amount, at }: { amount: Money; at: Date }) => ({
    amount,
    paidAt: at,
  })),
];
// #endregion

// #region module
@Module({
  imports: [
    CqrsModule.forRoot(),
    DynamoEventStoreModule.forRoot({ tableName: 'events', cache: true, upcasters }),
    DynamoEventStoreModule.forFeature([Invoice]),
  ],
})
export class InvoicesModule {}
// #endregion
