import { describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import {
  Aggregate,
  AggregateRepository,
  AggregateRoot,
  DataSubject,
  DomainEvent,
  EventHandler,
  InvalidDefinitionError,
  LocalKeyProvider,
  PersonalData,
  StoredValue,
} from 'nestjs-dynamo-event-store';
import { InMemoryEventStore } from 'nestjs-dynamo-event-store/testing';
import { inAllWays, meaningsOf, readBack, refusalOf, storeOf, type Reduce } from '../support/one-meaning.js';

@StoredValue({ name: 'test.money' })
class Money {
  static made = 0;
  constructor(
    readonly units: bigint,
    readonly currency: string,
  ) {
    Money.made += 1;
    if (typeof units !== 'bigint') throw new TypeError('units');
  }
  plus({ units }: Money): Money {
    return new Money(this.units + units, this.currency);
  }
}

/** Keeps its amount where nobody sees it. */
@StoredValue<Sealed, string>({
  name: 'test.sealed',
  to: (value) => value.text,
  from: (text) => new Sealed(BigInt(text)),
})
class Sealed {
  readonly #units: bigint;
  constructor(units: bigint) {
    this.#units = units;
  }
  get text(): string {
    return String(this.#units);
  }
}

@StoredValue<Currency, string>({ name: 'test.currency', to: ({ code }) => code, from: (code) => Currency.of(code) })
class Currency {
  static readonly EUR = new Currency('EUR');
  static readonly USD = new Currency('USD');
  private constructor(readonly code: string) {}
  static of(code: string): Currency {
    return code === 'EUR' ? Currency.EUR : Currency.USD;
  }
}

@StoredValue({ name: 'test.range' })
class Range {
  constructor(
    readonly from: Date,
    readonly to?: Date,
    readonly price?: Money,
    readonly more?: unknown,
  ) {}
}
@StoredValue({ name: 'test.tags' })
class Tags extends Set<unknown> {
  note?: unknown;
}
@StoredValue({ name: 'test.prices' })
class Prices extends Map<unknown, unknown> {}
@StoredValue({ name: 'test.lines' })
class Lines extends Array<unknown> {
  currency?: string;
}
@StoredValue({ name: 'test.frozen' })
class Frozen {
  constructor(readonly list: readonly unknown[]) {
    Object.freeze(list);
    Object.freeze(this);
  }
}

@DomainEvent({ name: 'paid' })
class Paid {
  constructor(
    readonly amount: unknown,
    readonly paidAt = new Date(0),
  ) {}
}

const money = new Money(5n, 'EUR');
const linesOf = (...members: unknown[]): Lines => {
  const lines = new Lines();
  lines.push(...members);
  return lines;
};

const values: readonly [string, unknown][] = [
  ['alone', money],
  ['in a list', [money, [money]]],
  ['in a map', new Map([['a', money]])],
  ['as the key of a map', new Map([[money, new Map([[new Range(new Date(1)), money]])]])],
  ['in a set', new Set([money, new Set([new Money(6n, 'USD')])])],
  ['in a record', { a: { b: money } }],
  ['in another one', new Range(new Date(1), new Date(2), money, { deep: [new Range(new Date(3))] })],
  ['with functions', new Sealed(7n)],
  ['with functions, in a record', { a: [new Sealed(7n)] }],
  ['with an undefined part', new Range(new Date(1), undefined, money)],
  ['that extends Set', new Tags([money, new Tags([1])])],
  ['that extends Set, with a property', Object.assign(new Tags([1]), { note: money })],
  ['that extends Map', new Prices([[money, new Prices([['a', money]])]])],
  ['that extends Array', linesOf(money, linesOf(money))],
  ['that extends Array, with a property', Object.assign(linesOf(1), { currency: 'EUR' })],
  ['that is empty and extends Array', linesOf()],
  ['that freezes itself', new Frozen([1, money])],
  ['with names like tags', new Range(new Date(1), undefined, undefined, { $value: ['x', 1] })],
];

/** Values and what they hide, in a form that can be compared. */
function shown(value: unknown): unknown {
  if (value instanceof Sealed) return ['Sealed', value.text];
  if (value instanceof Map)
    return [value.constructor.name, [...(value as Map<unknown, unknown>)].map(shown), ...extras(value)];
  if (value instanceof Set) return [value.constructor.name, [...(value as Set<unknown>)].map(shown), ...extras(value)];
  if (Array.isArray(value)) return [value.constructor.name, value.map(shown), ...extras(value)];
  if (value instanceof Date) return value.getTime();
  return typeof value === 'object' && value !== null ? [value.constructor.name, ...extras(value)] : value;
}
const extras = (value: object): unknown[] =>
  Object.entries(value)
    .filter(([key, item]) => !/^\d+$/.test(key) && item !== undefined)
    .map(([key, item]) => [key, shown(item)]);

describe('a value of a class with @StoredValue', () => {
  it.each(values)('comes back in an event, and in every state: %s', async (_, value) => {
    const event = new Paid(value);
    const made = Money.made;
    const back = await readBack(event);
    expect(shown(back)).toEqual(shown(event));
    expect(Money.made).toBe(made);
    const reduce: Reduce = (keeper, { amount }: Paid) => {
      keeper.value = { amount, list: [amount] };
    };
    const warnings: string[] = [];
    const expected = shown({ amount: value, list: [value] });
    expect(await meaningsOf([event], reduce, shown, { warnings })).toEqual(inAllWays(expected));
  });

  it.each(values.filter(([name]) => !name.startsWith('that freezes')))('goes into snapshots: %s', async (_, value) => {
    const reduce: Reduce = (keeper, { amount }: Paid) => {
      keeper.value = amount;
    };
    const warnings: string[] = [];
    await meaningsOf([new Paid(value)], reduce, shown, { warnings });
    expect(warnings.filter((text) => !text.includes('are one object'))).toEqual([]);
  });

  it('is added up over commits, through cache and snapshots', async () => {
    const reduce: Reduce = (keeper, { amount }: Paid) => {
      keeper.value = (keeper.value as Money | undefined)?.plus(amount as Money) ?? amount;
    };
    const warnings: string[] = [];
    const events = [new Paid(new Money(1n, 'EUR')), new Paid(new Money(2n, 'EUR')), new Paid(new Money(4n, 'EUR'))];
    expect(await meaningsOf(events, reduce, (value) => (value as Money).units, { warnings })).toEqual(inAllWays(7n));
    expect(warnings).toEqual([]);
  });

  it('is a smart enum, whose members stay themselves in events, states, caches and snapshots', async () => {
    const reduce: Reduce = (keeper, { amount }: Paid) => {
      keeper.value = [amount, { amount }];
    };
    const isEuro = (value: unknown): boolean[] => {
      const [first, second] = value as [unknown, { amount: unknown }];
      return [first === Currency.EUR, second.amount === Currency.EUR];
    };
    expect(await meaningsOf([new Paid(Currency.EUR)], reduce, isEuro)).toEqual(inAllWays([true, true]));
  });

  it('comes back under @Type of another property, beside it, and inside of it', async () => {
    class Line {
      price = money;
      @Type(() => Date)
      at = new Date(1);
    }
    class Ordered {
      @Type(() => Line)
      lines = [new Line()];
      total = money;
      @Type(() => Money)
      typed = money;
      @Type(() => Money)
      list = [money];
    }
    DomainEvent({ name: 'ordered' })(Ordered);
    expect(await readBack(new Ordered())).toStrictEqual(new Ordered());
  });

  it('is personal data as a whole, in parts, and inside of parts', async () => {
    @StoredValue({ name: 'test.address' })
    class Address {
      @PersonalData({ fallback: '' }) readonly street: string;
      readonly country = 'CH';
      constructor(street: string) {
        this.street = street;
      }
    }
    @DomainEvent({ name: 'moved' })
    class Moved {
      @DataSubject() readonly id = 'p-1';
      @PersonalData({ fallback: null }) readonly whole: unknown;
      readonly parts: unknown;
      constructor(readonly address: Address) {
        this.whole = [address, money];
        this.parts = { list: [address], map: new Map([['a', new Set([address])]]), tags: new Tags([address]) };
      }
    }
    const store = new InMemoryEventStore({
      events: [Moved],
      personalData: { keys: LocalKeyProvider.ephemeral(), forgetWithinMs: 0 },
    });
    const event = new Moved(new Address('Secret Street'));
    const stream = { aggregate: 'person', id: '1' };
    await store.append(stream, [event], { expected: 'none' });
    const read = async (): Promise<unknown> => {
      for await (const recorded of store.read(stream)) return shown(recorded.event);
      throw new Error('There is no event.');
    };
    expect(await read()).toEqual(shown(event));
    await store.dataSubjects.forget('p-1');
    const erased = JSON.stringify(await read());
    expect(erased).not.toContain('Secret');
    expect(erased.match(/CH/g)).toHaveLength(4);
  });
});

class Bare {
  readonly a = 1;
}

describe('a value of a class with @StoredValue is refused with its path', () => {
  @StoredValue({ name: 'test.hiding' })
  class Hiding {
    readonly #n = 1;
    shown = 2;
    get n(): number {
      return this.#n;
    }
  }
  @StoredValue({ name: 'test.decorated' })
  class DecoratedValue {
    @Type(() => Date)
    at = new Date(0);
  }
  class Derived extends Money {}
  @StoredValue<Failing, string>({
    name: 'test.failing',
    to: () => {
      throw new Error('cannot');
    },
    from: () => new Failing(),
  })
  class Failing {
    a = 1;
  }
  @StoredValue<Functional, unknown>({
    name: 'test.functional',
    to: () => ({ f: () => 1 }),
    from: () => new Functional(),
  })
  class Functional {
    a = 1;
  }

  it.each<[string, object, RegExp]>([
    ['when it hides state and has no functions', new Hiding(), /to and from/],
    ['when it has decorators of class-transformer too', new DecoratedValue(), /class-transformer/],
    ['when it is of a class that derives from it', new Derived(1n, 'EUR'), /Derived/],
    ['when its function to fails', new Failing(), /to of @StoredValue failed: cannot/],
  ])('%s', async (_, value, message) => {
    expect(await refusalOf(new Paid([value]))).toEqual({ path: 'amount[0]', message: expect.stringMatching(message) });
    await expect(async () => {
      await meaningsOf(
        [new Paid([value])],
        () => undefined,
        () => 0,
      );
    }).rejects.toThrow(message);
  });

  it('when its function to gives what cannot be stored', async () => {
    const { path } = await refusalOf(new Paid(new Functional()));
    expect(path).toMatch(/^amount/);
  });

  it('when two classes have one name, whichever is stored', async () => {
    class First {
      a = 1;
    }
    StoredValue({ name: 'test.twice' })(First);
    class Second {
      b = 2;
    }
    StoredValue({ name: 'test.twice' })(Second);
    expect((await refusalOf(new Paid(new First()))).message).toMatch(
      /two classes have @StoredValue\(\{ name: "test.twice" \}\)/,
    );
  });

  it('when its name is not known on reading', async () => {
    const store = new InMemoryEventStore();
    const stream = { aggregate: 'a', id: '1' };
    @StoredValue({ name: 'test.lost' })
    class Lost {
      a = 1;
    }
    await store.append(stream, [{ type: 'x', payload: { v: new Lost() } }], { expected: 'none' });
    const names = (globalThis as unknown as Record<symbol, Map<string, unknown>>)[
      Symbol.for('nestjs-dynamo-event-store.stored-values')
    ]!;
    names.delete('test.lost');
    const read = async (): Promise<void> => {
      for await (const _ of store.read(stream)) expect(_).toBeUndefined();
    };
    await expect(read()).rejects.toThrow(InvalidDefinitionError);
    await expect(read()).rejects.toThrow(/test\.lost.*Import the class/s);
  });
});

it.each<[string, () => void]>([
  [
    'an empty name',
    () => {
      StoredValue({ name: '' })(Bare);
    },
  ],
  [
    'a name that is not well-formed',
    () => {
      StoredValue({ name: '\ud800' })(Bare);
    },
  ],
  [
    'only one function',
    () => {
      StoredValue({ name: 'test.half', to: () => 1 } as never)(Bare);
    },
  ],
])('@StoredValue refuses %s', (_, define) => {
  expect(define).toThrow(InvalidDefinitionError);
});

it('an aggregate keeps such values in its fields, through cache and snapshots', async () => {
  @Aggregate({ name: 'account', snapshot: { every: 1, write: 'await' } })
  class Account extends AggregateRoot {
    balance = new Money(0n, 'EUR');
    sealed = new Sealed(0n);
    readonly byDay = new Map<Date, Money[]>();
    pay(amount: Money): void {
      this.apply(new Paid(amount));
    }
    @EventHandler(Paid) protected onPaid({ amount, paidAt }: Paid): void {
      this.balance = this.balance.plus(amount as Money);
      this.sealed = new Sealed(this.balance.units);
      this.byDay.set(paidAt, [amount as Money]);
    }
  }
  const store = storeOf(new Paid(1));
  const warnings: string[] = [];
  const repository = new AggregateRepository(store, {
    cache: true,
    onWarning: ({ message }) => void warnings.push(message),
  });
  const account = new Account('1');
  account.pay(money);
  await repository.save(account);
  await repository.update(Account, '1', (each) => {
    each.pay(new Money(2n, 'EUR'));
  });
  for (const each of [await repository.load(Account, '1'), await new AggregateRepository(store).load(Account, '1')]) {
    expect([each.balance, each.sealed.text, [...each.byDay.values()]]).toEqual([
      new Money(7n, 'EUR'),
      '7',
      [[new Money(5n, 'EUR')], [new Money(2n, 'EUR')]],
    ]);
    expect(each.balance).toBeInstanceOf(Money);
  }
  expect(warnings).toEqual([]);
});
