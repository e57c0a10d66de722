import { describe, expect, it } from '@jest/globals';
import { Transform, Type } from 'class-transformer';
import { DomainEvent, StoredValue } from 'nestjs-dynamo-event-store';
import { readBack, refusalOf } from '../support/one-meaning.js';

class Money {
  constructor(
    readonly units: number,
    readonly currency = 'EUR',
  ) {}
}

@DomainEvent({ name: 'priced' })
class Priced {
  @Type(() => Money)
  prices: unknown;
  constructor(prices: unknown) {
    this.prices = prices;
  }
}

describe('a record of instances under @Type', () => {
  it('is refused with advice that helps', async () => {
    const { path, message } = await refusalOf(new Priced({ eur: new Money(1) }));
    expect(path).toBe('prices');
    expect(message).toContain('@StoredValue');
    expect(message).not.toContain('declare it with @Type(() => Money)');
  });

  it('is stored once the advice is followed: a Map', async () => {
    const event = new Priced(new Map([['eur', new Money(1)]]));
    expect(await readBack(event)).toStrictEqual(event);
  });

  it('is stored once the advice is followed: @StoredValue and no @Type', async () => {
    class Amount {
      constructor(readonly units: number) {}
    }
    StoredValue({ name: 'regressions.amount' })(Amount);
    class Record {
      constructor(readonly prices: unknown) {}
    }
    DomainEvent({ name: 'record' })(Record);
    const event = new Record({ eur: new Amount(1), deep: [{ usd: new Amount(2) }] });
    expect(await readBack(event)).toStrictEqual(event);
  });

  it.each<[string, unknown, string]>([
    ['in a list', [{ eur: new Money(1) }], 'prices[0]'],
    ['in a map', new Map([['k', { eur: new Money(1) }]]), 'prices{k}'],
    ['beside other values', { eur: new Money(1), note: 'text' }, 'prices'],
    ['of lists of them', { eur: [new Money(1)] }, 'prices'],
  ])('is refused where it stands %s', async (_, prices, path) => {
    expect((await refusalOf(new Priced(prices))).path.startsWith(path)).toBe(true);
  });
});

describe('a @Transform that changes a value to another one of its kind', () => {
  @DomainEvent({ name: 'dated' })
  class Dated {
    @Transform(({ value }) => (value as Date).toISOString().slice(0, 10), { toPlainOnly: true })
    @Transform(({ value }) => new Date(value as string), { toClassOnly: true })
    on: Date;
    @Transform(({ value }) => Math.round(value as number), { toPlainOnly: true })
    amount = 1.6;
    @Transform(({ value }) => (value as string[]).slice(0, 1))
    names = ['a', 'b'];
    @Transform(({ value }) => new Set([...(value as Set<string>)].slice(0, 1)))
    tags = new Set(['a', 'b']);
    constructor(on: Date) {
      this.on = on;
    }
  }

  it.each(['2024-01-01T00:00:00Z', '2024-01-01T12:00:00Z', '2024-12-31T23:59:59.999Z'])(
    'is taken: %s',
    async (text) => {
      expect(await readBack(new Dated(new Date(text)))).toMatchObject({
        on: new Date(text.slice(0, 10)),
        amount: 2,
        names: ['a'],
        tags: new Set(['a']),
      });
    },
  );

  it.each<[string, () => PropertyDecorator, unknown]>([
    [
      'a date into text',
      () => Transform(({ value }) => (value as Date).toISOString(), { toPlainOnly: true }),
      new Date(0),
    ],
    [
      'an instance into text',
      () => Transform(({ value }) => (value as Money).currency, { toPlainOnly: true }),
      new Money(1),
    ],
    ['text into a number', () => Transform(({ value }) => Number(value), { toClassOnly: true }), '5'],
    [
      'a set into a list',
      () => Transform(({ value }) => [...(value as Set<unknown>)], { toPlainOnly: true }),
      new Set([1]),
    ],
    [
      'a map into a record',
      () => Transform(({ value }) => Object.fromEntries(value as Map<string, unknown>), { toPlainOnly: true }),
      new Map([['a', 1]]),
    ],
    ['an instance into another one', () => Transform(() => new Date(0), { toClassOnly: true }), { a: 1 }],
  ])('is refused where it makes another kind of it: %s', async (_, transform, value) => {
    class Changed {
      constructor(public held: unknown) {}
    }
    transform()(Changed.prototype, 'held');
    DomainEvent({ name: 'changed' })(Changed);
    expect(await refusalOf(new Changed(value))).toMatchObject({ path: 'held' });
    class Outer {
      @Type(() => Changed)
      inner = [new Changed(value)];
    }
    DomainEvent({ name: 'outer' })(Outer);
    expect(await refusalOf(new Outer())).toMatchObject({ path: 'inner[0].held' });
  });
});
