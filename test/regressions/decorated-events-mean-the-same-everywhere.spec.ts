import { describe, expect, it } from '@jest/globals';
import { Exclude, Expose, Transform, Type } from 'class-transformer';
import { DomainEvent } from 'nestjs-dynamo-event-store';
import { inAllWays, meaningsOf, type Reduce } from '../support/one-meaning.js';

class Currency {
  static readonly EUR = new Currency('EUR');
  static readonly USD = new Currency('USD');
  private constructor(readonly code: string) {}
  static of(code: string): Currency {
    return code === 'EUR' ? Currency.EUR : Currency.USD;
  }
}

@DomainEvent({ name: 'opened' })
class Opened {
  @Transform(({ value }) => (value as Currency).code, { toPlainOnly: true })
  @Transform(({ value }) => Currency.of(value as string), { toClassOnly: true })
  readonly currency: Currency;
  constructor(currency: Currency) {
    this.currency = currency;
  }
}

class Line {
  constructor(
    readonly quantity: number,
    readonly price: number,
  ) {}
  total(): number {
    return this.quantity * this.price;
  }
}

@DomainEvent({ name: 'lines-added' })
class LinesAdded {
  @Type(() => Line)
  readonly line: Line;
  @Type(() => Line)
  readonly lines: Line[];
  @Type(() => Line)
  readonly bySku: Map<string, Line>;
  constructor(line: Line) {
    this.line = line;
    this.lines = [line];
    this.bySku = new Map([['sku', line]]);
  }
}

@DomainEvent({ name: 'masked' })
class Masked {
  @Transform(({ value }) => `****${String(value).slice(-4)}`, { toPlainOnly: true })
  readonly value: string;
  constructor(value: string) {
    this.value = value;
  }
}

@DomainEvent({ name: 'excluded' })
class Excluded {
  @Exclude()
  readonly value?: string;
  constructor(value: string) {
    this.value = value;
  }
}

@DomainEvent({ name: 'excluded-on-reading' })
class ExcludedOnReading {
  @Exclude({ toClassOnly: true })
  readonly value?: string;
  constructor(value: string) {
    this.value = value;
  }
}

@DomainEvent({ name: 'for-groups' })
class ForGroups {
  @Expose({ groups: ['admin'] })
  readonly value: string;
  constructor(value: string) {
    this.value = value;
  }
}

@DomainEvent({ name: 'renamed' })
class Renamed {
  @Expose({ name: 'v' })
  readonly value: string;
  constructor(value: string) {
    this.value = value;
  }
}

@Exclude()
@DomainEvent({ name: 'excluded-class' })
class ExcludedClass {
  @Expose()
  readonly shown = 'shown';
  readonly value: string;
  constructor(value: string) {
    this.value = value;
  }
}

@DomainEvent({ name: 'trimmed' })
class Trimmed {
  @Transform(({ value }) => (value as string).trim().toLowerCase())
  readonly value: string;
  constructor(value: string) {
    this.value = value;
  }
}

@DomainEvent({ name: 'rounded' })
class Rounded {
  @Transform(({ value }) => Math.round((value as number) * 100) / 100, { toPlainOnly: true })
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

@DomainEvent({ name: 'rounded-on-reading' })
class RoundedOnReading {
  @Transform(({ value }) => Math.round(value as number), { toClassOnly: true })
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

@DomainEvent({ name: 'doubled' })
class DoubledEachTime {
  @Transform(({ value }) => (value as number) * 2)
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

@DomainEvent({ name: 'defaulted' })
class Defaulted {
  @Transform(({ value }) => (value as number | undefined) ?? 7)
  readonly value?: number;
}

class Inherited extends Masked {}
DomainEvent({ name: 'inherited' })(Inherited);

class Card {
  @Transform(({ value }) => `****${String(value).slice(-4)}`, { toPlainOnly: true })
  readonly number: string;
  constructor(number: string) {
    this.number = number;
  }
}

@DomainEvent({ name: 'nested' })
class Nested {
  @Type(() => Card)
  readonly cards: Card[];
  constructor(cards: Card[]) {
    this.cards = cards;
  }
}

const keepValue: Reduce = (keeper, event: { readonly value: unknown }) => {
  keeper.value = event.value;
};

/** A plain object where `@Type` names a class, as DTOs come out of a request. */
const dto = { quantity: 2, price: 3 } as object as Line;

describe('an event means the same to state at hand, cache, snapshot and fold', () => {
  it.each<[string, object, Reduce, unknown]>([
    [
      'as a member of a smart enum',
      new Opened(Currency.EUR),
      (keeper, event: Opened) => {
        keeper.value = event.currency === Currency.EUR ? 0 : 5;
      },
      0,
    ],
    [
      'as a plain object under @Type',
      new LinesAdded(dto),
      (keeper, event: LinesAdded) => {
        keeper.value = event.line.total();
      },
      6,
    ],
    [
      'as plain objects in a list under @Type',
      new LinesAdded(dto),
      (keeper, event: LinesAdded) => {
        keeper.value = event.lines.map((line) => line.total());
      },
      [6],
    ],
    [
      'as plain objects in a map under @Type',
      new LinesAdded(dto),
      (keeper, event: LinesAdded) => {
        keeper.value = event.bySku.get('sku')?.total();
      },
      6,
    ],
    ['when @Transform masks it', new Masked('4242424242424242'), keepValue, '****4242'],
    ['when a decorator of its base masks it', new Inherited('4242424242424242'), keepValue, '****4242'],
    [
      'when @Transform masks a field of a nested class',
      new Nested([new Card('4242424242424242')]),
      (keeper, event: Nested) => {
        keeper.value = event.cards[0]?.number;
      },
      '****4242',
    ],
    ['when @Exclude keeps it out', new Excluded('secret'), keepValue, undefined],
    ['when @Exclude keeps it from being read', new ExcludedOnReading('secret'), keepValue, undefined],
    ['when @Expose shows it to groups only', new ForGroups('secret'), keepValue, undefined],
    ['when @Exclude on the class keeps it out', new ExcludedClass('secret'), keepValue, undefined],
    ['when @Expose gives it another name', new Renamed('text'), keepValue, 'text'],
    ['when @Transform trims it', new Trimmed(' Ada@X.org '), keepValue, 'ada@x.org'],
    ['when @Transform rounds it', new Rounded(1.239), keepValue, 1.24],
    ['when @Transform rounds it on reading', new RoundedOnReading(1.6), keepValue, 2],
    ['when @Transform doubles it both ways', new DoubledEachTime(5), keepValue, 20],
    ['when @Transform fills it in', new Defaulted(), keepValue, 7],
  ])('%s', async (_, event, reduce, expected) => {
    expect(await meaningsOf([event], reduce, (value) => value)).toEqual(inAllWays(expected));
  });

  it('when an instance of a nested class goes into the state and its method is called there', async () => {
    const reduce: Reduce = (keeper, event: LinesAdded) => {
      keeper.value = event.line;
    };
    const total = (value: unknown): number => (value as Line).total();
    expect(await meaningsOf([new LinesAdded(dto)], reduce, total)).toEqual(inAllWays(6));
  });

  it('when events lead to one state together', async () => {
    const reduce: Reduce = (keeper, event: { readonly value: number }) => {
      keeper.value = ((keeper.value ?? 0) as number) + event.value;
    };
    const events = [new Rounded(1.239), new RoundedOnReading(1.6), new DoubledEachTime(1), new Rounded(0.001)];
    expect(await meaningsOf(events, reduce, (value) => value)).toEqual(inAllWays(1.24 + 2 + 4));
  });
});
