import { describe, expect, it } from '@jest/globals';
import {
  DataSubject,
  defineUpcaster,
  DomainEvent,
  On,
  PersonalData,
  Projection,
  type RecordedEvent,
  type UpcasterDefinition,
} from 'nestjs-dynamo-event-store';
import { InMemoryEventStore } from 'nestjs-dynamo-event-store/testing';
import { MemoryFence, noticesOf, runnerOf, withoutCommit } from '../../../../test/support/subscriptions.js';
import type { EventClass } from '../event/event-serializer.js';

@DomainEvent({ name: 'evolved.placed', version: 2 })
class Placed {
  constructor(readonly customer: string) {}
}
@DomainEvent({ name: 'evolved.paid' })
class Paid {
  constructor(readonly amount: number) {}
}

const SPLIT = defineUpcaster(
  {
    event: 'evolved.placed',
    from: 1,
    into: [
      { event: 'evolved.placed', version: 2 },
      { event: 'evolved.paid', version: 1 },
    ],
  },
  ({ who, paid }: { who: string; paid: number }) => [
    { event: 'evolved.placed', payload: { customer: who } },
    { event: 'evolved.paid', payload: { amount: paid } },
  ],
);
/** The event was renamed first, and then merged with the one after it. */
const RENAMED = defineUpcaster(
  { event: 'evolved.ordered', from: 1, into: [{ event: 'evolved.opened', version: 1 }] },
  (payload: object) => payload,
);
const MERGED = defineUpcaster(
  {
    event: 'evolved.opened',
    from: 1,
    into: [{ event: 'evolved.placed', version: 2 }],
    with: [{ event: 'evolved.paid', version: 1 }],
  },
  ({ who }: { who: string }, { amount }: { amount: number }) => ({ customer: `${who} for ${amount}` }),
);
const ALONE = defineUpcaster(
  { event: 'evolved.opened', from: 1, into: [{ event: 'evolved.placed', version: 2 }] },
  ({ who }: { who: string }) => ({ customer: who }),
);

const stream = { aggregate: 'cart', id: 'c-1' };
const placed = (who: string) => ({ type: 'evolved.placed', schemaVersion: 1, payload: { who, paid: 1 } });
const ordered = (who: string) => ({ type: 'evolved.ordered', schemaVersion: 1, payload: { who } });
const paid = (amount: number) => ({ type: 'evolved.paid', schemaVersion: 1, payload: { amount } });

type Handle = (event: Placed | Paid, envelope: RecordedEvent) => void;

function bothKinds(handle: Handle, batch: number): object {
  @Projection({ name: 'evolved', batch, attempts: 2 })
  class Both {
    @On(Placed) placed(event: Placed, envelope: RecordedEvent): void {
      handle(event, envelope);
    }
    @On(Paid) paid(event: Paid, envelope: RecordedEvent): void {
      handle(event, envelope);
    }
  }
  return new Both();
}

function paidOnly(handle: Handle): object {
  @Projection({ name: 'evolved.paid-only' })
  class PaidOnly {
    @On(Paid) paid(event: Paid, envelope: RecordedEvent): void {
      handle(event, envelope);
    }
  }
  return new PaidOnly();
}

async function storeWith(
  commits: readonly (readonly object[])[],
  upcasters: readonly UpcasterDefinition[],
  events: readonly EventClass[] = [Placed, Paid],
): Promise<InMemoryEventStore> {
  const store = new InMemoryEventStore();
  for (const each of commits) await store.append(stream, each, { expected: 'any' });
  store.register(events, upcasters);
  return store;
}

describe.each([1, 2, 3, 100])('events that were split, in batches of %i', (batch) => {
  it('are each applied once and in order, and those of one version together', async () => {
    const seen: string[] = [];
    const store = await storeWith([[placed('a'), placed('b'), placed('c')], [placed('d')]], [SPLIT]);
    const { runner, fence } = runnerOf(
      store,
      bothKinds((event, { version, part = 0 }) => seen.push(`${version}.${part} ${event.constructor.name}`), batch),
    );
    const notices = await noticesOf(store, stream);
    await runner.deliver([...notices.map(withoutCommit), ...notices]);
    expect(seen).toEqual([1, 2, 3, 4].flatMap((version) => [`${version}.0 Placed`, `${version}.1 Paid`]));
    expect(fence.appliedTo(stream)).toBe(4);
    // Never between two parts of one version.
    const steps = fence.requests.filter((request) => request.includes('-')).map((request) => request.split('-')[1]);
    expect(steps).toEqual([...new Set(steps)]);
  });

  it('are tried again with all parts of the version, and park the stream there', async () => {
    const seen: string[] = [];
    const store = await storeWith([[placed('a'), placed('b'), placed('c')]], [SPLIT]);
    let poison = true;
    const { runner, fence, parked } = runnerOf(
      store,
      bothKinds((event, { version }) => {
        if (poison && version === 2 && event instanceof Paid) throw new Error('no');
        seen.push(`${version} ${event.constructor.name}`);
      }, batch),
    );
    await runner.deliver(await noticesOf(store, stream));
    expect(await parked.list()).toMatchObject([{ version: 2, attempts: 2, reason: 'no' }]);
    expect(fence.appliedTo(stream)).toBe(1);
    poison = false;
    seen.length = 0;
    await runner.resume(stream);
    expect(seen).toEqual(['2 Placed', '2 Paid', '3 Placed', '3 Paid']);
    expect(fence.appliedTo(stream)).toBe(3);
  });
});

describe('an event that is renamed and then merged', () => {
  const UPCASTERS = [RENAMED, MERGED, ALONE];

  it('takes its follower also from those who want only that', async () => {
    const seen: unknown[] = [];
    const store = await storeWith([[ordered('a'), paid(1), paid(2)], [paid(3)]], UPCASTERS);
    const { runner } = runnerOf(
      store,
      paidOnly((event) => seen.push(event)),
    );
    await runner.deliver(await noticesOf(store, stream));
    expect(seen).toEqual([new Paid(2), new Paid(3)]);
  });

  it('is found by a range that begins inside of it', async () => {
    const store = await storeWith([[ordered('a'), paid(1), paid(2)]], UPCASTERS);
    const events: unknown[] = [];
    for await (const { version, event } of store.read(stream, { from: 2 })) events.push([version, event]);
    expect(events).toEqual([
      [2, new Placed('a for 1')],
      [3, new Paid(2)],
    ]);
  });
});

it('a stream is parked without the words of a method that fails on personal data', async () => {
  @DataSubject()
  @DomainEvent({ name: 'evolved.named' })
  class Named {
    @PersonalData({ fallback: '' }) readonly name: string;
    constructor(name: string) {
      this.name = name;
    }
  }
  @Projection({ name: 'evolved.names', attempts: 1 })
  class Names {
    @On(Named) named({ name }: Named): void {
      throw new TypeError(`cannot greet ${name}`);
    }
  }
  const store = new InMemoryEventStore({ events: [Named] });
  await store.append(stream, [new Named('Ann Archer')], { expected: 'none' });
  const { runner, parked, failures } = runnerOf(store, new Names(), { fence: new MemoryFence() });
  await runner.deliver(await noticesOf(store, stream));
  const [entry] = await parked.list();
  expect(entry?.reason).toMatch(/^TypeError: .*withheld/);
  expect(JSON.stringify(entry)).not.toContain('Archer');
  // The application itself is told all of it, and that it is not for logs.
  expect(failures).toMatchObject([{ parked: true, confidential: true, cause: { message: 'cannot greet Ann Archer' } }]);
});
