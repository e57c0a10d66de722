import { Exclude, Expose, Transform, Type } from 'class-transformer';
import { DomainEvent } from 'nestjs-dynamo-event-store';

export class Line {
  constructor(
    readonly sku: string,
    readonly quantity: number,
  ) {}
}

class Card {
  readonly kind = 'card';
  constructor(readonly last4: string) {}
}
class Cash {
  constructor(readonly till: number) {}
}

class Amount {
  constructor(readonly cents: number) {}
}

@DomainEvent({ name: 'typed' })
class Typed {
  @Type(() => Line) readonly line: Line;
  constructor(line: Line) {
    this.line = line;
  }
}

@DomainEvent({ name: 'chosen' })
class Chosen {
  @Type(() => Object, {
    discriminator: {
      property: 'by',
      subTypes: [
        { value: Card, name: 'card' },
        { value: Cash, name: 'cash' },
      ],
    },
  })
  readonly payment: Card | Cash;
  constructor(payment: Card | Cash) {
    this.payment = payment;
  }
}

@DomainEvent({ name: 'transformed' })
class Transformed {
  @Transform(({ value }: { value: Amount }) => value.cents, { toPlainOnly: true })
  @Transform(({ value }: { value: number }) => new Amount(value), { toClassOnly: true })
  readonly amount: Amount;
  constructor(amount: Amount) {
    this.amount = amount;
  }
}

@DomainEvent({ name: 'masked' })
class Masked {
  @Transform(({ value }: { value: string }) => `**${value.slice(-4)}`, { toPlainOnly: true }) readonly card: string;
  constructor(card: string) {
    this.card = card;
  }
}

@DomainEvent({ name: 'trimmed' })
class Trimmed {
  @Transform(({ value }: { value: string }) => value.trim()) readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

@DomainEvent({ name: 'excluded' })
class Excluded {
  @Exclude() readonly password: string;
  readonly user: string;
  constructor(user: string, password: string) {
    this.user = user;
    this.password = password;
  }
}

@Exclude()
@DomainEvent({ name: 'mostly-excluded' })
class MostlyExcluded {
  @Expose() readonly user: string;
  readonly password: string;
  constructor(user: string, password: string) {
    this.user = user;
    this.password = password;
  }
}

@DomainEvent({ name: 'renamed' })
class Renamed {
  @Expose({ name: 'c' }) readonly customerId: string;
  constructor(customerId: string) {
    this.customerId = customerId;
  }
}

@DomainEvent({ name: 'grouped' })
class Grouped {
  @Expose({ groups: ['admin'] }) readonly note: string;
  constructor(note: string) {
    this.note = note;
  }
}

@DomainEvent({ name: 'computed' })
class Computed {
  constructor(readonly cents: number) {}
  @Expose() get euros(): number {
    return this.cents / 100;
  }
}

// eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- that it is none is the point
const plainLine: Line = { sku: 'a', quantity: 2 };

/** A row of the table of decorators in docs/events.md. */
export interface DecoratedEvent {
  readonly label: string;
  readonly event: () => object;
}

export const DECORATED: readonly DecoratedEvent[] = [
  { label: '`@Type(() => Line) line`', event: () => new Typed(new Line('a', 2)) },
  { label: 'the same, with a plain object', event: () => new Typed(plainLine) },
  { label: '`@Type` with a discriminator `by`', event: () => new Chosen(new Cash(7)) },
  { label: '`@Transform` to text or a number and back', event: () => new Transformed(new Amount(250)) },
  { label: '`@Transform(mask, { toPlainOnly: true }) card`', event: () => new Masked('4242424242424242') },
  { label: '`@Transform(trim) name`', event: () => new Trimmed(' Ada ') },
  { label: '`@Exclude() password`', event: () => new Excluded('ada', 'secret') },
  { label: '`@Exclude()` on the class, `@Expose() user`', event: () => new MostlyExcluded('ada', 'secret') },
  { label: "`@Expose({ name: 'c' }) customerId`", event: () => new Renamed('c-1') },
  { label: "`@Expose({ groups: ['admin'] }) note`", event: () => new Grouped('vip') },
  { label: '`@Expose() get euros()`', event: () => new Computed(250) },
];

@DomainEvent({ name: 'on-a-parameter' })
class OnAParameter {
  constructor(@(Type(() => Line) as ParameterDecorator) readonly line: Line) {}
}

@DomainEvent({ name: 'one-way' })
class OneWay {
  @Transform(({ value }: { value: Amount }) => value.cents, { toPlainOnly: true }) readonly amount: Amount;
  constructor(amount: Amount) {
    this.amount = amount;
  }
}

/** Decorated events that are refused, with part of the error's text. */
export const REFUSED_DECORATED: readonly (DecoratedEvent & { readonly fault: string })[] = [
  {
    label: '`@Type` on a parameter property',
    event: () => new OnAParameter(new Line('a', 1)),
    fault: 'On a parameter of a constructor class-transformer ignores @Type.',
  },
  {
    label: 'a `@Transform` that makes another kind of value, without one for the way back',
    event: () => new OneWay(new Amount(1)),
    fault: 'an instance of Amount would come back as a number',
  },
  {
    label: '`@Type(() => Line)` on a value of another class',
    event: () => new Typed(new Amount(1) as unknown as Line),
    fault: 'an instance of Amount would come back as an instance of Line',
  },
];
