import { describe, expect, it } from '@jest/globals';
import { Transform } from 'class-transformer';
import {
  AggregateRepository,
  defineUpcaster,
  DomainEvent,
  DynamoEventStore,
  type EventClass,
  type UpcasterDefinition,
} from 'nestjs-dynamo-event-store';
import { InMemoryEventStore, SimulatedDynamoDb } from 'nestjs-dynamo-event-store/testing';
import { keeperOf } from '../support/one-meaning.js';

class Named1 {
  constructor(
    readonly who: string,
    readonly n = 1,
  ) {}
}
DomainEvent({ name: 'named', version: 1 })(Named1);
class Named2 {
  constructor(
    readonly owner: string,
    readonly n = 1,
  ) {}
  shout(): string {
    return this.owner.toUpperCase();
  }
}
DomainEvent({ name: 'named', version: 2 })(Named2);
class Masked2 {
  @Transform(({ value }) => `*${String(value)}`, { toPlainOnly: true })
  readonly owner: string;
  constructor(owner: string) {
    this.owner = owner;
  }
}
DomainEvent({ name: 'named', version: 2 })(Masked2);

const stream = { aggregate: 'thing', id: '1' };

/** What a newer application reads of events that an older one has stored in one commit. */
async function readByNewer(
  older: readonly EventClass[],
  events: readonly object[],
  newer: readonly EventClass[],
  upcasters: readonly UpcasterDefinition[],
): Promise<object[]> {
  const { client } = new SimulatedDynamoDb();
  const before = new DynamoEventStore({ client, tableName: 'tab', events: older });
  await before.createTable();
  await before.append(stream, events, { expected: 'none' });
  const after = new DynamoEventStore({ client, tableName: 'tab', events: newer, upcasters });
  const read: object[] = [];
  for await (const { event } of after.read(stream)) read.push(event);
  return read;
}

describe('an upcaster', () => {
  it('may return an instance of the class', async () => {
    const upcaster = defineUpcaster<Named1, Named2>({ event: 'named', from: 1 }, ({ who, n }) => new Named2(who, n));
    const [event] = await readByNewer([Named1], [new Named1('ada')], [Named2], [upcaster]);
    expect(event).toStrictEqual(new Named2('ada'));
    expect((event as Named2).shout()).toBe('ADA');
  });

  it('may return an instance of a class with decorators, which goes the way of a stored one', async () => {
    const upcaster = defineUpcaster<Named1, Masked2>({ event: 'named', from: 1 }, ({ who }) => new Masked2(who));
    expect(await readByNewer([Named1], [new Named1('ada')], [Masked2], [upcaster])).toEqual([new Masked2('*ada')]);
  });

  it('may return instances where it splits an event', async () => {
    class Other {
      constructor(readonly text: string) {}
    }
    DomainEvent({ name: 'other' })(Other);
    const upcaster = defineUpcaster(
      {
        event: 'named',
        from: 1,
        into: [
          { event: 'named', version: 2 },
          { event: 'other', version: 1 },
        ],
      },
      ({ who }: Named1) => [
        { event: 'named', payload: new Named2(who) },
        { event: 'other', payload: new Other(who) },
      ],
    );
    expect(await readByNewer([Named1], [new Named1('ada')], [Named2, Other], [upcaster])).toStrictEqual([
      new Named2('ada'),
      new Other('ada'),
    ]);
  });

  it.each<[string, unknown, RegExp]>([
    ['null', null, /its payload is null/],
    ['a list', ['ada'], /its payload is an? Array/],
    ['text', 'ada', /its payload is/],
    ['a number that is none', { owner: NaN }, /at owner: the number NaN/],
    [
      'an instance of another class',
      new (class Other {
        a = 1;
      })(),
      /an? (?:instance of )?Other/,
    ],
  ])('may not return %s, and the error says so', async (_, result, message) => {
    const upcaster = defineUpcaster({ event: 'named', from: 1 }, () => result);
    await expect(readByNewer([Named1], [new Named1('ada')], [Named2], [upcaster])).rejects.toThrow(message);
  });
});

describe('a merge that looks at events and does not apply', () => {
  const makeClass = (name: string, version: number): new (fields: object) => object => {
    class Each {
      declare readonly cents?: number;
      constructor(fields: object) {
        Object.assign(this, fields);
      }
    }
    DomainEvent({ name, version })(Each);
    return Each;
  };
  const [A1, A2, B1, B2, B3, C1] = [
    makeClass('a', 1),
    makeClass('a', 2),
    makeClass('b', 1),
    makeClass('b', 2),
    makeClass('b', 3),
    makeClass('c', 1),
  ];
  const inVain = defineUpcaster(
    {
      event: 'a',
      from: 1,
      with: [
        { event: 'b', version: 2 },
        { event: 'c', version: 1 },
      ],
    },
    (a: object) => a,
  );
  const same = defineUpcaster({ event: 'a', from: 1 }, (a: object) => a);
  const toCents = defineUpcaster({ event: 'b', from: 1 }, (b: { cents: number; parts: { n: number }[] }) => {
    b.cents *= 100;
    for (const part of b.parts) part.n *= 100;
    return b;
  });
  const nothing = (): { cents: number; parts: { n: number }[] } => ({ cents: 5, parts: [{ n: 1 }] });

  it('leaves them as they were for an upcaster that changes its payload', async () => {
    const read = await readByNewer([A1, B1], [new A1({}), new B1(nothing())], [A2, B2, C1], [inVain, same, toCents]);
    expect(read).toEqual([{}, { cents: 500, parts: [{ n: 100 }] }]);
  });

  it('leaves them as they were where several events look at them', async () => {
    const read = await readByNewer(
      [A1, B1],
      [new A1({}), new A1({}), new B1(nothing()), new A1({}), new B1(nothing())],
      [A2, B2, C1],
      [inVain, same, toCents],
    );
    expect(read.filter((each) => each instanceof B2)).toEqual([
      { cents: 500, parts: [{ n: 100 }] },
      { cents: 500, parts: [{ n: 100 }] },
    ]);
  });

  it('leaves them as they were over two steps of upcasters', async () => {
    const again = defineUpcaster({ event: 'b', from: 2 }, (b: { cents: number }) => {
      b.cents += 1;
      return b;
    });
    const atThree = defineUpcaster(
      {
        event: 'a',
        from: 1,
        with: [
          { event: 'b', version: 3 },
          { event: 'c', version: 1 },
        ],
      },
      (a: object) => a,
    );
    const read = await readByNewer(
      [A1, B1],
      [new A1({}), new B1(nothing())],
      [A2, B3, C1],
      [atThree, same, toCents, again],
    );
    expect(read).toEqual([{}, { cents: 501, parts: [{ n: 100 }] }]);
  });

  it('merges them when it applies', async () => {
    const merge = defineUpcaster(
      { event: 'a', from: 1, with: [{ event: 'b', version: 2 }] },
      (_: object, b: { cents: number }) => ({ total: b.cents }),
    );
    expect(await readByNewer([A1, B1], [new A1({}), new B1(nothing())], [A2, B2], [merge, same, toCents])).toEqual([
      { total: 500 },
    ]);
  });
});

describe('an event that is recorded at the version which an upcaster takes', () => {
  class Noise {
    constructor(readonly n: number) {}
  }
  DomainEvent({ name: 'noise' })(Noise);
  class Kept {
    constructor(readonly n: number) {}
  }
  DomainEvent({ name: 'kept' })(Kept);

  const add = (keeper: { value: unknown }, { n }: Noise | Kept): void => {
    keeper.value = (keeper.value as number) + n;
  };

  it.each<[string, UpcasterDefinition]>([
    ['drops', defineUpcaster({ event: 'noise', from: 1, into: [] }, () => undefined)],
    [
      'renames',
      defineUpcaster({ event: 'noise', from: 1, into: [{ event: 'kept', version: 1 }] }, ({ n }: Noise) => ({
        n: n * 2,
      })),
    ],
    [
      'splits',
      defineUpcaster(
        {
          event: 'noise',
          from: 1,
          into: [
            { event: 'kept', version: 1 },
            { event: 'named', version: 1 },
          ],
        },
        ({ n }: Noise) => [
          { event: 'kept', payload: { n } },
          { event: 'named', payload: { who: 'ada', n } },
        ],
      ),
    ],
    [
      'merges',
      defineUpcaster(
        { event: 'noise', from: 1, with: [{ event: 'kept', version: 1 }], into: [{ event: 'kept', version: 1 }] },
        ({ n }: Noise) => ({ n }),
      ),
    ],
  ])('is refused when an aggregate records it: the upcaster %s it', async (_, upcaster) => {
    for (const snapshot of [undefined, { every: 1, write: 'await' } as const])
      for (const cache of [false, true]) {
        const store = new InMemoryEventStore({ events: [Noise, Kept, Named1], upcasters: [upcaster] });
        const keeper = keeperOf([Noise, Kept], add, {
          ...(snapshot === undefined ? {} : { snapshot }),
          value: 0,
        });
        const repository = new AggregateRepository(store, { cache });
        const aggregate = new keeper('1').record(new Kept(1), new Noise(10), new Kept(100));
        await expect(repository.save(aggregate)).rejects.toMatchObject({
          code: 'EVENT_SERIALIZATION',
          message: expect.stringContaining('Event noise'),
        });
        expect(await repository.find(keeper, '1')).toBeUndefined();
      }
  });

  it('is stored where a merge does not apply to it', async () => {
    const upcaster = defineUpcaster(
      { event: 'noise', from: 1, with: [{ event: 'kept', version: 1 }], into: [{ event: 'kept', version: 1 }] },
      ({ n }: Noise) => ({ n }),
    );
    const store = new InMemoryEventStore({ events: [Noise, Kept], upcasters: [upcaster] });
    const keeper = keeperOf([Noise, Kept], add, { value: 0 });
    const aggregate = new keeper('1').record(new Kept(1), new Noise(10));
    const repository = new AggregateRepository(store, { cache: true });
    await repository.save(aggregate);
    expect((await new AggregateRepository(store).load(keeper, '1')).value).toBe(aggregate.value);
  });
});
