import { describe, expect, it } from '@jest/globals';
import { Transform, Type } from 'class-transformer';
import {
  Aggregate,
  AggregateRepository,
  AggregateRoot,
  DomainEvent,
  EventHandler,
  type AggregateClass,
  type SnapshotOptions,
} from 'nestjs-dynamo-event-store';
import { InMemoryEventStore } from 'nestjs-dynamo-event-store/testing';

class Currency {
  static readonly EUR = new Currency('EUR');
  static readonly USD = new Currency('USD');
  private constructor(readonly code: string) {}
  static of(code: string): Currency {
    return code === 'EUR' ? Currency.EUR : Currency.USD;
  }
}

class Status {
  private static readonly all = new Map<string, Status>();
  private constructor(readonly name: string) {
    Status.all.set(name, this);
  }
  static readonly names = ['open', 'closed'].map((name) => new Status(name).name);
  static of(name: string): Status {
    return Status.all.get(name)!;
  }
}

abstract class Unit {
  static readonly list: Unit[] = [];
  constructor(readonly symbol: string) {
    Unit.list.push(this);
  }
  abstract factor(): number;
}
class Kilo extends Unit {
  factor(): number {
    return 1_000;
  }
}
const KILO = new Kilo('k');

/** Known to no static field. */
class Country {
  constructor(readonly code: string) {}
}
const countries = new Map(['CH', 'DE'].map((code) => [code, new Country(code)]));

class Direction {
  static readonly UP = Object.freeze(new Direction('up'));
  private constructor(readonly name: string) {}
}

@DomainEvent({ name: 'opened' })
class Opened {
  @Transform(({ value }) => (value as Currency).code, { toPlainOnly: true })
  @Transform(({ value }) => Currency.of(value as string), { toClassOnly: true })
  readonly currency: Currency;
  @Transform(({ value }) => (value as Country).code, { toPlainOnly: true })
  @Transform(({ value }) => countries.get(value as string), { toClassOnly: true })
  readonly country: Country;
  constructor(currency: Currency, country: Country) {
    this.currency = currency;
    this.country = country;
  }
}

interface Account extends AggregateRoot {
  readonly currency: Currency;
  readonly country: Country;
  readonly status: Status;
  readonly unit: Unit;
  readonly direction: Direction;
  readonly held: readonly unknown[];
}

function accountClass(
  snapshot: SnapshotOptions | undefined,
  decorate: (prototype: object) => void,
): AggregateClass<Account> {
  class AccountClass extends AggregateRoot {
    currency: Currency = Currency.USD;
    country = new Country('');
    status = Status.of('closed');
    unit?: Unit;
    direction?: Direction;
    held: unknown[] = [];
    onOpened({ currency, country }: Opened): void {
      this.currency = currency;
      this.country = country;
      this.status = Status.of('open');
      this.unit = KILO;
      this.direction = Direction.UP;
      this.held = [{ currency }, new Map([[country, currency]])];
    }
  }
  const { prototype } = AccountClass;
  decorate(prototype);
  EventHandler(Opened)(prototype, 'onOpened', Object.getOwnPropertyDescriptor(prototype, 'onOpened')!);
  Aggregate({ name: 'account', ...(snapshot === undefined ? {} : { snapshot }) })(AccountClass);
  return AccountClass as unknown as AggregateClass<Account>;
}

const checksOf = ({ currency, country, status, unit, direction, held }: Account): boolean[] => [
  currency === Currency.EUR,
  country === countries.get('CH'),
  status === Status.of('open'),
  unit === KILO,
  direction === Direction.UP,
  (held[0] as { currency: Currency }).currency === Currency.EUR,
  (held[1] as Map<unknown, unknown>).get(countries.get('CH')) === Currency.EUR,
];
const right = Array.from({ length: 7 }, () => true);
const SNAPSHOT = { every: 1, write: 'await' } as const;

describe('a member of a smart enum in the state is the member itself', () => {
  it.each<[string, (prototype: object) => void]>([
    ['without decorators', () => undefined],
    [
      'under @Type, by which it would be another object',
      (prototype) => {
        for (const [field, type] of Object.entries({
          currency: Currency,
          country: Country,
          status: Status,
          unit: Kilo,
          direction: Direction,
        }))
          Type(() => type)(prototype, field);
      },
    ],
    [
      'under @Transform for both directions',
      (prototype) => {
        Transform(({ value }) => (value as Currency).code, { toPlainOnly: true })(prototype, 'currency');
        Transform(({ value }) => Currency.of(value as string), { toClassOnly: true })(prototype, 'currency');
      },
    ],
  ])('%s', async (_, decorate) => {
    const store = new InMemoryEventStore({ events: [Opened] });
    const onWarning = (): void => undefined;
    for (const [index, snapshot] of [undefined, SNAPSHOT].entries())
      for (const cache of [false, true]) {
        const repository = new AggregateRepository(store, { cache, onWarning });
        const account = accountClass(snapshot, decorate);
        const id = `${index}-${String(cache)}`;
        const aggregate = new account(id);
        aggregate.apply(new Opened(Currency.EUR, countries.get('CH')!));
        expect(checksOf(aggregate)).toEqual(right);
        await repository.save(aggregate);
        for (const from of [repository, repository, new AggregateRepository(store, { cache, onWarning })])
          expect(checksOf(await from.load(account, id))).toEqual(right);
      }
  });

  it('of which a snapshot is taken under @Transform for both directions', async () => {
    class Wallet extends AggregateRoot {
      @Transform(({ value }) => (value as Currency).code, { toPlainOnly: true })
      @Transform(({ value }) => Currency.of(value as string), { toClassOnly: true })
      currency: Currency = Currency.USD;
      onOpened({ currency }: Opened): void {
        this.currency = currency;
      }
    }
    EventHandler(Opened)(Wallet.prototype, 'onOpened', Object.getOwnPropertyDescriptor(Wallet.prototype, 'onOpened')!);
    Aggregate({ name: 'wallet', snapshot: SNAPSHOT })(Wallet);
    const store = new InMemoryEventStore({ events: [Opened] });
    const warnings: string[] = [];
    const onWarning = ({ message }: Error): void => void warnings.push(message);
    const wallet = new Wallet('1');
    wallet.apply(new Opened(Currency.EUR, countries.get('CH')!));
    await new AggregateRepository(store, { onWarning }).save(wallet);
    expect((await new AggregateRepository(store, { onWarning }).load(Wallet, '1')).currency).toBe(Currency.EUR);
    expect(warnings).toEqual([]);
    expect(
      (
        await store.readState(
          { aggregate: 'wallet', id: '1' },
          { type: { name: 'wallet snapshot', schemaVersion: 1, eventClass: Wallet } },
        )
      ).base,
    ).toBe('snapshot');
  });
});
