import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ReadRange } from './event-store.js';
import { MAX_VERSION, planRead, type PlannedQuery } from './read-plan.js';

const strong = { consistency: 'strong' } as const;
const plan = (range: ReadRange): readonly PlannedQuery[] => planRead(range, 'strong').queries;

describe('the queries of a read', () => {
  it.each<[string, ReadRange, PlannedQuery[]]>([
    ['everything', {}, [{ ...strong, order: 'forward', lowest: 1, highest: MAX_VERSION, limit: undefined }]],
    [
      'the newest event: one item (P2)',
      { order: 'backward', limit: 1 },
      [{ ...strong, order: 'backward', lowest: 1, highest: MAX_VERSION, limit: 1 }],
    ],
    [
      'the first two events: two items at most',
      { limit: 2 },
      [{ ...strong, order: 'forward', lowest: 1, highest: MAX_VERSION, limit: 2 }],
    ],
    [
      'up to a version: no more items than versions',
      { to: 5 },
      [{ ...strong, order: 'forward', lowest: 1, highest: 5, limit: 5 }],
    ],
    [
      'from a version: first the commit that covers it',
      { from: 4 },
      [
        { ...strong, order: 'backward', lowest: 1, highest: 4, limit: 1, onlyFirst: true },
        { ...strong, order: 'forward', lowest: 5, highest: MAX_VERSION, limit: undefined },
      ],
    ],
    [
      'from and to, with a limit',
      { from: 4, to: 9, limit: 3 },
      [
        { ...strong, order: 'backward', lowest: 1, highest: 4, limit: 1, onlyFirst: true },
        { ...strong, order: 'forward', lowest: 5, highest: 9, limit: 3 },
      ],
    ],
    [
      'one version: only the commit that covers it',
      { from: 4, to: 4 },
      [{ ...strong, order: 'backward', lowest: 1, highest: 4, limit: 1, onlyFirst: true }],
    ],
    [
      'backward over a range',
      { from: 4, to: 9, order: 'backward' },
      [{ ...strong, order: 'backward', lowest: 1, highest: 9, limit: 6 }],
    ],
    [
      'backward as of a time: how many to pass over is unknown',
      { asOf: new Date(5), order: 'backward', limit: 1 },
      [{ ...strong, order: 'backward', lowest: 1, highest: MAX_VERSION, limit: undefined }],
    ],
    ['an empty range', { from: 5, to: 4 }, []],
  ])('%s', (_, range, queries) => {
    expect(plan(range)).toEqual(queries);
  });

  it('take the consistency of the store unless the read says otherwise (P15)', () => {
    expect(planRead({ from: 2 }, 'eventual').queries.map(({ consistency }) => consistency)).toEqual([
      'eventual',
      'eventual',
    ]);
    expect(
      planRead({ from: 2, consistency: 'strong' }, 'eventual').queries.map(({ consistency }) => consistency),
    ).toEqual(['strong', 'strong']);
  });

  it('never ask for a range that ends before it begins, which DynamoDB refuses', () => {
    const version = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom(MAX_VERSION - 1, MAX_VERSION));
    fc.assert(
      fc.property(
        fc.option(version),
        fc.option(version),
        fc.option(fc.integer({ min: 1, max: 9 })),
        fc.constantFrom('forward' as const, 'backward' as const),
        (from, to, limit, order) => {
          const queries = plan({
            order,
            ...(from === null ? {} : { from }),
            ...(to === null ? {} : { to }),
            ...(limit === null ? {} : { limit }),
          });
          for (const query of queries) {
            expect(query.lowest).toBeLessThanOrEqual(query.highest);
            expect(query.lowest).toBeGreaterThanOrEqual(1);
            expect(query.limit ?? 1).toBeGreaterThanOrEqual(1);
          }
        },
      ),
    );
  });

  it('say whether their end is the end of the stream', () => {
    expect(planRead({}, 'strong').toEnd).toBe(true);
    expect(planRead({ from: 9 }, 'strong').toEnd).toBe(true);
    expect(planRead({ to: 9 }, 'strong').toEnd).toBe(false);
    expect(planRead({ asOf: new Date() }, 'strong').toEnd).toBe(false);
  });
});

describe('a range that cannot be meant is refused', () => {
  it.each(['from', 'to', 'limit'])('%s that is not a whole number from 1', (name) => {
    for (const value of [0, -1, 1.5, Number.NaN, Infinity, 2 ** 53, '1', null])
      expect(() => plan({ [name]: value })).toThrow(
        expect.objectContaining({ code: 'INVALID_VERSION', argument: name, value }),
      );
  });

  it.each<[string, object]>([
    ['asOf', { asOf: new Date(Number.NaN) }],
    ['asOf', { asOf: '2024-01-01' }],
    ['asOf', { asOf: 5 }],
    ['order', { order: 'desc' }],
    ['consistency', { consistency: 'Strong' }],
  ])('%s: %p', (argument, range) => {
    expect(() => plan(range as ReadRange)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', argument }));
  });
});
