import { describe, expect, it } from '@jest/globals';
import { Aggregate } from '../aggregate/aggregate.decorator.js';
import { AggregateRoot } from '../aggregate/aggregate-root.js';
import { aggregateOfSnapshot } from '../aggregate/aggregate-state.js';
import { EventHandler } from '../aggregate/event-handler.decorator.js';
import { DomainEvent } from '../event/domain-event.decorator.js';
import type { StreamHead } from '../store/stream-head.js';
import { Replica, type PlacedEvent } from './replica.js';

@DomainEvent({ name: 'tagged' })
class Tagged {
  constructor(readonly tags: string[]) {}
}

@Aggregate({ name: 'tags' })
class Tags extends AggregateRoot {
  tags: string[] = [];
  extra: unknown;
  @EventHandler(Tagged) protected onTagged({ tags }: Tagged): void {
    if (tags.includes('unlucky')) throw new Error('unlucky');
    this.tags = [...this.tags, ...tags];
  }
}

const placed = (version: number, ...tags: string[]): PlacedEvent => ({
  version,
  recordedAt: new Date(version * 1000),
  event: new Tagged(tags),
});
const headAt = (version: number): StreamHead => ({ stream: { aggregate: 'tags', id: 't-1' }, version });

function replicaAt(version: number): Replica<Tags> {
  return new Replica(
    aggregateOfSnapshot(Tags, 't-1', { state: { tags: ['start'] }, absent: [] }, version),
    headAt(version),
  );
}

describe('a replica', () => {
  it('takes events in, and passes over those that it has', () => {
    const replica = replicaAt(2);
    for (const event of [placed(1, 'a'), placed(2, 'b'), placed(3, 'c'), placed(3, 'c'), placed(4, 'd')])
      replica.apply(event);
    expect([replica.version, replica.checkOut()?.tags]).toEqual([4, ['start', 'c', 'd']]);
  });

  it('gives out copies that share nothing with it or with each other', () => {
    const replica = replicaAt(2);
    const [a, b] = [replica.checkOut()!, replica.checkOut()!];
    a.tags.push('mine');
    a.apply(new Tagged(['recorded']));
    expect([b.tags, replica.checkOut()?.tags, b.getUncommittedEvents()]).toEqual([['start'], ['start'], []]);
    expect([a.version, a.id]).toEqual([2, 't-1']);
  });

  it('gives no copy of a state that cannot be copied, and says why', () => {
    expect(replicaAt(1).copyFault).toBeUndefined();
    const sealed = replicaAt(1);
    sealed.giveAway().extra = { match: /x/ };
    expect([sealed.checkOut(), sealed.copyFault]).toEqual([undefined, expect.stringMatching(/RegExp/)]);
  });

  it('lets errors other than that pass', () => {
    class Failing extends Tags {
      constructor(id: string) {
        super(id);
        if (id === 'fails') throw new Error('constructor');
      }
    }
    const replica = new Replica(new Failing('ok'), undefined);
    Object.defineProperty(replica.giveAway(), 'id', { value: 'fails' });
    expect(() => replica.checkOut()).toThrow('constructor');
  });

  it('of a class of its own is known by it', () => {
    expect(replicaAt(1).aggregateClass).toBe(Tags);
  });
});

describe('a commit that was stored', () => {
  it('is taken in as a whole when it is the next one, with its head and size', () => {
    const replica = replicaAt(2);
    expect(replica.advance([placed(3, 'a'), placed(4, 'b')], headAt(4), { bytes: 70 })).toBe(true);
    expect([replica.version, replica.head?.version, replica.checkOut()?.tags]).toEqual([4, 4, ['start', 'a', 'b']]);
    expect(replica.progress).toMatchObject({ version: 4, events: 2, bytes: 70, since: new Date(3000) });
  });

  it.each<[string, PlacedEvent[]]>([
    ['it is there already', [placed(2, 'a')]],
    ['one before it is missing', [placed(4, 'a')]],
    ['it has no events', []],
  ])('is not taken in when %s', (_, events) => {
    const replica = replicaAt(2);
    expect(replica.advance(events, headAt(9), { bytes: 70 })).toBe(false);
    expect([replica.version, replica.head?.version, replica.progress.bytes]).toEqual([2, 2, 0]);
  });

  it('is not taken in by a state that was given away, on which others decide by now', () => {
    const replica = replicaAt(2);
    replica.giveAway();
    expect(replica.advance([placed(3, 'a')], headAt(3), { bytes: 70 })).toBe(false);
  });
});

describe('the progress since the last snapshot', () => {
  it('counts from the version that it was made of', () => {
    const replica = replicaAt(10);
    expect(replica.progress).toMatchObject({ version: 10, events: 0, bytes: 0, since: undefined });
    replica.apply(placed(11, 'a'));
    replica.moveTo(headAt(11), { bytes: 40 });
    replica.apply(placed(12, 'b'));
    replica.moveTo(headAt(12), { bytes: 2 });
    expect(replica.progress).toMatchObject({ version: 12, events: 2, bytes: 42, since: new Date(11_000) });
  });

  it('counts anew once a snapshot has been taken, which also replaces a useless one', () => {
    const replica = new Replica(new Tags('t-1'), undefined, 30);
    replica.apply(placed(1, 'a'));
    replica.moveTo(headAt(1), { bytes: 40 });
    expect(replica.useless).toBe(30);
    replica.markCovered();
    expect([replica.progress, replica.useless]).toEqual([
      expect.objectContaining({ events: 0, bytes: 0, since: undefined }),
      undefined,
    ]);
    replica.apply(placed(2, 'b'));
    expect(replica.progress).toMatchObject({ version: 2, events: 1, since: new Date(2000) });
  });

  it('shows the aggregate, and what of it goes into a snapshot', () => {
    const replica = replicaAt(3);
    expect(replica.progress.aggregate).toBeInstanceOf(Tags);
    const { state, absent } = replica.snapshotState;
    expect([{ ...state }, absent]).toEqual([{ tags: ['start'], extra: undefined }, ['extra']]);
  });
});
