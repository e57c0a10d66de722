import { expect, it } from '@jest/globals';
import { SHARD_END } from './shard-position.js';
import type { ShardRecord } from './shard-record.js';
import { lagOf } from './streams-lag.js';

const record = (position: string, asOf: number, caughtUp: boolean, readAt?: number): ShardRecord => ({
  since: 0,
  readAt,
  checkpoints: { a: { position, asOf, caughtUp } },
  pending: { a: 2 },
});

it.each([
  ['is 0 without shards', [], { behindMs: 0, pendingCommits: 0 }],
  ['is 0 at the end of what was read lately', [record('5', 960, true, 990)], { behindMs: 0, pendingCommits: 2 }],
  ['grows when nobody reads', [record('5', 900, true, 900)], { behindMs: 100, pendingCommits: 2 }],
  ['grows in a pause while others read', [record('5', 900, true, 990)], { behindMs: 100, pendingCommits: 2 }],
  [
    'is the age of the last commit of those who lag',
    [record('5', 300, false, 990)],
    { behindMs: 700, pendingCommits: 2 },
  ],
  ['is 0 in a shard that is finished', [record(SHARD_END, 1, true, 1)], { behindMs: 0, pendingCommits: 2 }],
  ['is the greatest of all', [record('5', 300, false), record('5', 400, false)], { behindMs: 700, pendingCommits: 4 }],
  ['is never negative', [record('5', 2_000, false)], { behindMs: 0, pendingCommits: 2 }],
  [
    'counts from the beginning of a shard that was not begun',
    [{ since: 400, checkpoints: {} }],
    { behindMs: 600, pendingCommits: 0 },
  ],
])('lag %s', (_, records, wanted) => {
  expect(lagOf('a', records, 1_000, 50)).toEqual(wanted);
});
