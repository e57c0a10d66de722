import { describe, expect, it } from '@jest/globals';
import { nextPosition, shareOut } from './read-plan.js';
import { TRIM_HORIZON } from './shard-position.js';

const record = (sequenceNumber: string) => ({ sequenceNumber, at: 0, news: undefined });
const cursor = (name: string, position: string) => ({ name, position });

function shares(from: string, numbers: string[], isEnd: boolean, ...cursors: ReturnType<typeof cursor>[]) {
  const shared = shareOut(from, numbers.map(record), isEnd, cursors);
  return {
    shares: Object.fromEntries(
      shared.shares.map((each) => [each.cursor.name, each.records.map(({ sequenceNumber }) => sequenceNumber)]),
    ),
    trimmed: shared.trimmed.map(({ name }) => name),
  };
}

describe('where to read next', () => {
  it('is where all are, or the hindmost and the foremost in turn', () => {
    expect([0, 1, 2].map((turn) => nextPosition(['7', '7'], turn))).toEqual(['7', '7', '7']);
    expect([0, 1, 2].map((turn) => nextPosition(['100', TRIM_HORIZON, '99'], turn))).toEqual([
      TRIM_HORIZON,
      '100',
      TRIM_HORIZON,
    ]);
    expect(nextPosition([], 0)).toBeUndefined();
  });
});

describe('a page of records', () => {
  it('goes as a whole to those who stand where it begins', () => {
    expect(shares('5', ['6', '10'], false, cursor('a', '5'))).toEqual({ shares: { a: ['6', '10'] }, trimmed: [] });
  });

  it('gives those further on only what is new to them', () => {
    expect(shares('5', ['6', '9', '10'], false, cursor('a', '5'), cursor('b', '9'), cursor('c', '10')).shares).toEqual({
      a: ['6', '9', '10'],
      b: ['10'],
      c: [],
    });
  });

  it('gives nothing to those further back, who would miss what lies between', () => {
    expect(shares('9', ['10'], false, cursor('a', '5'), cursor('b', '9'), cursor('c', TRIM_HORIZON))).toEqual({
      shares: { b: ['10'] },
      trimmed: [],
    });
  });

  it('from the oldest record on proves that nothing was dropped only to those who have seen that one', () => {
    const cursors = [cursor('new', TRIM_HORIZON), cursor('lost', '5'), cursor('safe', '6'), cursor('ahead', '9')];
    expect(shares(TRIM_HORIZON, ['6', '7'], false, ...cursors)).toEqual({
      shares: { new: ['6', '7'], safe: ['7'], ahead: [] },
      trimmed: ['lost'],
    });
  });

  it('that is empty proves nothing before the end of the shard', () => {
    const cursors = [cursor('new', TRIM_HORIZON), cursor('old', '5')];
    expect(shares(TRIM_HORIZON, [], false, ...cursors)).toEqual({ shares: { new: [], old: [] }, trimmed: [] });
    expect(shares(TRIM_HORIZON, [], true, ...cursors)).toEqual({ shares: { new: [] }, trimmed: ['old'] });
  });
});
