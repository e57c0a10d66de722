import { describe, expect, it } from '@jest/globals';
import { byGeneration, goneAndRead } from './shard-catalog.js';
import { SHARD_END, TRIM_HORIZON } from './shard-position.js';
import { checkpointOf, lowestCheckpoint, mergeCheckpoints, type Checkpoint } from './shard-record.js';

const at = (position: string): Checkpoint => ({ position, asOf: 0, caughtUp: false });

describe('the record of a shard', () => {
  it('puts a consumer that it does not know before all records, as of its own beginning', () => {
    expect(checkpointOf({ since: 7, checkpoints: {} }, 'a')).toEqual({
      position: TRIM_HORIZON,
      asOf: 7,
      caughtUp: false,
    });
  });

  it('lets a new consumer begin with the hindmost', () => {
    const checkpoints = { a: at('100'), b: at('99'), c: at(SHARD_END) };
    expect(lowestCheckpoint({ since: 0, checkpoints })).toBe(checkpoints.b);
    expect(lowestCheckpoint({ since: 0, checkpoints: {} })).toBeUndefined();
  });

  it('merges what others have added, removed and moved with what the owner has read', () => {
    const stored = { a: at('1'), gone: at('1'), moved: at('5') };
    const own = { a: at('3'), gone: at('3'), moved: at('6'), own: at('2') };
    const found = { a: at('1'), moved: at('4'), added: at('1') };
    expect(mergeCheckpoints(stored, own, found)).toEqual({
      a: at('3'),
      moved: at('4'),
      own: at('2'),
      added: at('1'),
    });
  });
});

describe('the shards of a stream', () => {
  const shard = (id: string, parent?: string) => ({ id, parent });

  it('are recorded after the ones that they continue, in whatever order they are listed', () => {
    const shards = [shard('c', 'b'), shard('b', 'a'), shard('x'), shard('a', 'trimmed'), shard('d', 'b')];
    expect(byGeneration(shards).map((each) => each.map(({ id }) => id))).toEqual([['x', 'a'], ['b'], ['c', 'd']]);
    expect(byGeneration([])).toEqual([]);
  });

  it('are forgotten when they are gone and every subscriber has read them', () => {
    const record = (id: string, checkpoints: Record<string, Checkpoint>) => ({
      id,
      revision: 1,
      value: { since: 0, checkpoints },
    });
    const done = { a: at(SHARD_END), b: at(SHARD_END) };
    const records = [
      record('listed', done),
      record('gone', done),
      record('unread', { a: at(SHARD_END), b: at('9') }),
      record('unknown', { a: at(SHARD_END) }),
      record('left', { ...done, unsubscribed: at('9') }),
    ];
    expect(goneAndRead(records, [shard('listed')], ['a', 'b']).map(({ id }) => id)).toEqual(['gone', 'left']);
  });
});
