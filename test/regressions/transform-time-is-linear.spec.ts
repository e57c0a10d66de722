import { describe, expect, it } from '@jest/globals';
import { Transform, Type } from 'class-transformer';
import { Aggregate, AggregateRepository, AggregateRoot, DomainEvent, EventHandler } from 'nestjs-dynamo-event-store';
import { InMemoryEventStore } from 'nestjs-dynamo-event-store/testing';
import { readBack } from '../support/one-meaning.js';

let calls = 0;

class Line {
  @Transform(
    ({ value }) => {
      calls += 1;
      return Object.fromEntries(value as Map<string, number>);
    },
    { toPlainOnly: true },
  )
  @Transform(
    ({ value }) => {
      calls += 1;
      return new Map(Object.entries(value as Record<string, number>));
    },
    { toClassOnly: true },
  )
  prices: Map<string, number>;
  constructor(prices: Map<string, number>) {
    this.prices = prices;
  }
}

@DomainEvent({ name: 'filled' })
class Filled {
  @Type(() => Line)
  lines: Line[];
  constructor(lines: Line[]) {
    this.lines = lines;
  }
}

@Aggregate({ name: 'basket', snapshot: { every: 1, write: 'await' } })
class Basket extends AggregateRoot {
  @Type(() => Line)
  lines: Line[] = [];
  fill(event: Filled): void {
    this.apply(event);
  }
  @EventHandler(Filled) protected onFilled({ lines }: Filled): void {
    this.lines = lines;
  }
}

const filled = (count: number): Filled =>
  new Filled(Array.from({ length: count }, (_, index) => new Line(new Map([['eur', index]]))));

async function callsOf(run: () => Promise<unknown>): Promise<number> {
  calls = 0;
  await run();
  return calls;
}

describe('the number of calls of a @Transform grows with the number of lines', () => {
  it.each<[string, (count: number) => Promise<unknown>]>([
    ['when an event is appended and read', (count) => readBack(filled(count))],
    [
      'when an event is applied',
      (count) => {
        new Basket('1').fill(filled(count));
        return Promise.resolve();
      },
    ],
    [
      'when an aggregate with snapshots is saved and loaded',
      async (count) => {
        const store = new InMemoryEventStore({ events: [Filled] });
        const basket = new Basket('1');
        basket.fill(filled(count));
        await new AggregateRepository(store).save(basket);
        const { lines } = await new AggregateRepository(store).load(Basket, '1');
        expect(lines[count - 1]?.prices).toEqual(new Map([['eur', count - 1]]));
      },
    ],
  ])('%s', async (_, run) => {
    const [one, ten, hundred] = [
      await callsOf(() => run(1)),
      await callsOf(() => run(10)),
      await callsOf(() => run(100)),
    ];
    expect([ten, hundred]).toEqual([10 * one, 100 * one]);
    expect(one).toBeLessThanOrEqual(12);
  });

  it('to one for each line on the way to the table: an applied event is not encoded again', async () => {
    const store = new InMemoryEventStore({ events: [Filled] });
    const plain = class extends AggregateRoot {
      on(_: Filled): void {
        // Nothing of it is kept.
      }
    };
    EventHandler(Filled)(plain.prototype, 'on', Object.getOwnPropertyDescriptor(plain.prototype, 'on')!);
    Aggregate({ name: 'plain' })(plain);
    const aggregate = new plain('1');
    aggregate.apply(filled(10));
    // Saving encodes nothing, and reads nothing back: neither cache nor snapshot wants it.
    expect(await callsOf(() => new AggregateRepository(store).save(aggregate))).toBe(0);
  });
});
