import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeListCursor, encodeListCursor, type ListPosition } from './list-cursor.js';
import { partitionKeyOf } from './table-schema.js';

const scope = ['order', null, 0, 8.64e15, true, 4];
const key = fc
  .tuple(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }))
  .map(([aggregate, id]) => partitionKeyOf({ aggregate, id }));
const position = fc.oneof(fc.constant(null), fc.tuple(fc.integer({ min: 0, max: 8.64e15 }), key));
const refused = expect.objectContaining({ code: 'INVALID_ARGUMENT', argument: 'cursor' }) as unknown as Error;
const text = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const stampOf = (cursor: string): string => (JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [string])[0];

describe('a list cursor', () => {
  it('reads back as the positions it was made of, and can stand in a URL', () => {
    fc.assert(
      fc.property(fc.array(position, { maxLength: 8 }), (positions) => {
        const cursor = encodeListCursor(positions, scope);
        expect(decodeListCursor(cursor, scope)).toEqual(positions);
        expect(cursor).toMatch(/^[\w-]+$/);
      }),
    );
  });

  it('takes a partition that nothing was taken from yet for null', () => {
    expect(decodeListCursor(encodeListCursor([undefined, [1, '#a#b']], scope), scope)).toEqual([null, [1, '#a#b']]);
  });

  it('fits no other scope', () => {
    const cursor = encodeListCursor([[1, '#order#a']], scope);
    for (const [index, other] of ['invoice', 'acme', 1, 5, false, 8].entries())
      expect(() => decodeListCursor(cursor, scope.with(index, other))).toThrow(/another aggregate or other options/);
  });

  it.each<[string, string]>([
    ['nothing', ''],
    ['any text', 'next-page'],
    ['JSON of another shape', text({ a: 1 })],
    ['a list without positions', text(['x'])],
    ['null', text(null)],
    ['a number', text(5)],
    ['positions that are not', text([stampOf(encodeListCursor([], scope)), [1]])],
    ['a position without a key', text([stampOf(encodeListCursor([], scope)), [[1, '']]])],
    ['a position with the key of something else', text([stampOf(encodeListCursor([], scope)), [[1, 'order']]])],
    ['a position without a time', text([stampOf(encodeListCursor([], scope)), [['1', '#a#b']]])],
    ['a position with half a millisecond', text([stampOf(encodeListCursor([], scope)), [[1.5, '#a#b']]])],
    ['a position with more', text([stampOf(encodeListCursor([], scope)), [[1, '#a#b', 2]]])],
    ['another stamp', text(['x', [[1, '#a#b']]])],
    ['a stamp that is not text', text([{}, [[1, '#a#b']]])],
  ])('that is %s is refused', (_, cursor) => {
    expect(() => decodeListCursor(cursor, scope)).toThrow(refused);
  });

  it('that was cut or changed is refused, or still the same', () => {
    const positions: ListPosition[] = [[1_700_000_000_000, '#order#o-1'], null];
    const cursor = encodeListCursor(positions, scope);
    fc.assert(
      fc.property(fc.nat(cursor.length - 1), fc.constantFrom('', 'A', '-', ' ', 'é'), (at, replacement) => {
        let decoded;
        try {
          decoded = decodeListCursor(cursor.slice(0, at) + replacement + cursor.slice(at + 1), scope);
        } catch (error) {
          expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'cursor' });
          return;
        }
        // It is no seal: a changed position leads to another place of the same list, never to another list.
        expect(decoded.every((each) => each === null || each === undefined || typeof each[1] === 'string')).toBe(true);
      }),
    );
  });
});
