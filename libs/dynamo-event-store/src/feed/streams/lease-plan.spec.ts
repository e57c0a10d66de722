import { describe, expect, it } from '@jest/globals';
import { LeaseWatch, planLeases, type LeaseView } from './lease-plan.js';
import type { ShardRecord } from './shard-record.js';

/** `a:1` is shard 1 with owner a, `1` a free one, `b:2-` one with nothing to read for this instance. */
function leases(...texts: string[]): LeaseView[] {
  return texts.map((text) => {
    const [, owner, shard = '', nothing] = /^(?:(\w+):)?(\w+)(-)?$/.exec(text)!;
    return { shard, owner, hasWork: nothing === undefined };
  });
}

describe('the plan of an instance', () => {
  it.each([
    ['takes all that is free', ['1', '2'], ['1', '2']],
    ['takes what is free, even above its share', ['a:1', 'b:2', '3', '4'], ['3', '4']],
    ['leaves what it has nothing to read in', ['1-', 'b:2-', 'b:3-'], []],
    ['takes one of those of the instance with most', ['b:1', 'b:2', 'b:3', 'c:4'], ['3']],
    ['does not take the only one', ['b:1'], []],
    ['does not take one for the sake of an uneven share', ['a:1', 'b:2', 'b:3'], []],
    ['takes one when the other has two more', ['a:1', 'b:2', 'b:3', 'b:4'], ['4']],
    ['takes none when it has its share', ['a:1', 'a:2', 'b:3', 'b:4', 'b:5'], []],
    ['counts what it takes as its own', ['1', '2', 'b:3', 'b:4'], ['1', '2']],
    ['has nothing to do without shards', [], []],
  ])('%s', (_, texts, wanted) => {
    expect(planLeases('a', leases(...texts))).toEqual(wanted);
  });

  it('settles from any start, with nobody short of his share, and then takes nothing', () => {
    for (const [shards, instances] of [
      [1, 3],
      [5, 2],
      [7, 3],
      [10, 4],
      [4, 4],
    ] as const) {
      const owners = Array.from({ length: shards }, () => 'i0');
      const names = Array.from({ length: instances }, (_, index) => `i${index}`);
      const round = (name: string): number => {
        const taken = planLeases(
          name,
          owners.map((owner, index) => ({ shard: `${index}`, owner, hasWork: true })),
        );
        for (const shard of taken) owners[Number(shard)] = name;
        return taken.length;
      };
      for (let rounds = 0; rounds < shards; rounds++) names.forEach(round);
      expect(names.map(round)).toEqual(names.map(() => 0));
      const counts = names.map((name) => owners.filter((owner) => owner === name).length);
      expect(Math.min(...counts)).toBe(Math.floor(shards / instances));
    }
  });
});

describe('the watch over leases', () => {
  const record = (id: string, revision: number) => ({
    id,
    revision,
    value: { since: 0, checkpoints: {} } as ShardRecord,
  });

  it('calls a lease abandoned when its record has not changed for so long since it was first seen', () => {
    const watch = new LeaseWatch(100);
    watch.observe([record('s', 7)], 1_000);
    expect([watch.isAbandoned('s', 1_099), watch.isAbandoned('s', 1_100)]).toEqual([false, true]);
    watch.observe([record('s', 7)], 1_090);
    expect([watch.isAbandoned('s', 1_099), watch.isAbandoned('s', 1_100)]).toEqual([false, true]);
    watch.observe([record('s', 8)], 1_099);
    expect([watch.isAbandoned('s', 1_198), watch.isAbandoned('s', 1_199)]).toEqual([false, true]);
  });

  it('knows nothing of a lease that it has not seen', () => {
    expect(new LeaseWatch(100).isAbandoned('s', 1e12)).toBe(false);
  });

  it('tells when the first one would be abandoned', () => {
    const watch = new LeaseWatch(100);
    watch.observe([record('s', 1)], 0);
    watch.observe([record('s', 1), record('t', 1)], 30);
    expect(watch.msToFirst(['s', 't'], 40)).toBe(60);
    expect(watch.msToFirst(['t'], 40)).toBe(90);
    expect(watch.msToFirst([], 40)).toBe(Infinity);
  });
});
