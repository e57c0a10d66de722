import { describe, expect, it } from '@jest/globals';
import {
  Aggregate,
  AggregateRepository,
  AggregateRoot,
  DomainEvent,
  EventHandler,
  SnapshotState,
  type AggregateClass,
} from 'nestjs-dynamo-event-store';
import { InMemoryEventStore } from 'nestjs-dynamo-event-store/testing';

@DomainEvent({ name: 'counted' })
class Counted {
  constructor(readonly by: number) {}
}

type Counter = AggregateRoot & Record<string, unknown>;

/** The class of a counter in one version of an application: with these fields. */
function counterClass(fields: () => Record<string, unknown>, marked: readonly string[] = []): AggregateClass<Counter> {
  class CounterClass extends AggregateRoot {
    constructor(id: string) {
      super(id);
      Object.assign(this, fields());
    }
    on({ by }: Counted): void {
      const self = this as unknown as Record<string, unknown>;
      for (const field of ['n', 'total', 'max']) if (field in self) self[field] = ((self[field] ?? 0) as number) + by;
      if ('count' in self) self['count'] = ((self['count'] ?? 0) as number) + 1;
      if (self['list'] instanceof Array) self['list'].push(by);
      if ('gone' in self) delete self['gone'];
    }
  }
  EventHandler(Counted)(CounterClass.prototype, 'on', Object.getOwnPropertyDescriptor(CounterClass.prototype, 'on')!);
  for (const field of marked) SnapshotState()(CounterClass.prototype, field);
  Aggregate({ name: 'counter', snapshot: { every: 1, write: 'await' } })(CounterClass);
  return CounterClass as unknown as AggregateClass<Counter>;
}

async function loadedAfter(
  before: AggregateClass<Counter>,
  after: AggregateClass<Counter>,
): Promise<{ readonly state: object; readonly warnings: string[] }> {
  const store = new InMemoryEventStore({ events: [Counted] });
  const counter = new before('1');
  for (const by of [5, 6]) counter.apply(new Counted(by));
  await new AggregateRepository(store).save(counter);
  const warnings: string[] = [];
  const repository = new AggregateRepository(store, { onWarning: ({ message }) => void warnings.push(message) });
  const entries = Object.entries(await repository.load(after, '1'));
  const state = Object.fromEntries(entries.filter(([field]) => field !== 'id'));
  return { state, warnings };
}

const USELESS = /The snapshot of counter\/1 at version 2 is not used and will be replaced/;

describe('a snapshot of another shape of the class is not used', () => {
  it.each<[string, () => Record<string, unknown>, () => Record<string, unknown>, object]>([
    ['when a field was added', () => ({ n: 0 }), () => ({ n: 0, count: 0 }), { n: 11, count: 2 }],
    [
      'when a field that is undefined was added',
      () => ({ n: 0 }),
      () => ({ n: 0, count: undefined }),
      { n: 11, count: 2 },
    ],
    ['when a field was removed', () => ({ n: 0, count: 0 }), () => ({ n: 0 }), { n: 11 }],
    ['when a field was renamed', () => ({ n: 0 }), () => ({ total: 0 }), { total: 11 }],
    ['when a list was added', () => ({ n: 0 }), () => ({ n: 0, list: [] }), { n: 11, list: [5, 6] }],
    ['when a field that reducers delete was added', () => ({ n: 0 }), () => ({ n: 0, gone: 1 }), { n: 11 }],
  ])('%s', async (_, before, after, expected) => {
    const { state, warnings } = await loadedAfter(counterClass(before), counterClass(after));
    expect(JSON.stringify(state)).toBe(JSON.stringify(expected));
    expect(warnings.join()).toMatch(USELESS);
  });

  it('when another field was marked with @SnapshotState', async () => {
    const fields = (): Record<string, unknown> => ({ n: 0, count: 0 });
    const { state, warnings } = await loadedAfter(counterClass(fields, ['n']), counterClass(fields, ['n', 'count']));
    expect([state, warnings.length]).toEqual([{ n: 11, count: 2 }, 1]);
  });
});

describe('a snapshot of the same shape is used', () => {
  it.each<[string, () => Record<string, unknown>]>([
    ['with fields in another order', () => ({ count: 0, n: 0 })],
    ['with other initial values', () => ({ n: 100, count: 100 })],
    ['with a field that reducers have deleted', () => ({ n: 0, count: 0 })],
    ['with a field that is undefined', () => ({ n: undefined, count: 0 })],
  ])('%s', async (_, after) => {
    const before = (): Record<string, unknown> => ({ n: 0, count: 0 });
    const { state, warnings } = await loadedAfter(counterClass(before), counterClass(after));
    expect(state).toMatchObject({ n: 11, count: 2 });
    expect(warnings).toEqual([]);
  });

  it('with a field that reducers delete, in both', async () => {
    const fields = (): Record<string, unknown> => ({ n: 0, gone: 1 });
    const { state, warnings } = await loadedAfter(counterClass(fields), counterClass(fields));
    expect([state, warnings]).toEqual([{ n: 11 }, []]);
  });
});
