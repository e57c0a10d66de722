import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { arbitraryValue } from '../../../../test/support/arbitrary-values.js';
import { StoredValue } from '../event/stored-value.decorator.js';
import { stateCopier } from './copy-state.js';
import { findShared } from './shared-values.js';

class Line {
  constructor(public quantity: number) {}
}

describe('an object in two places', () => {
  const line = new Line(1);
  const bytes = new Uint8Array([1]);

  it.each<[string, object, [string, string]]>([
    ['two fields', { a: line, b: line }, ['a', 'b']],
    ['a field and a list', { current: line, lines: [new Line(2), line] }, ['current', 'lines[1]']],
    ['deep inside', { a: { b: [line] }, c: { d: line } }, ['a.b[0]', 'c.d']],
    ['a list itself', { a: line.quantity, b: [line, line] }, ['b[0]', 'b[1]']],
    [
      'values of a map',
      {
        map: new Map([
          ['x', line],
          ['y', line],
        ]),
      },
      ['map.get(x)', 'map.get(y)'],
    ],
    ['a key of a map', { map: new Map([[line, 1]]), line }, ['map.key(0)', 'line']],
    ['a set', { set: new Set([line]), line }, ['set.item(0)', 'line']],
    ['bytes', { a: bytes, b: bytes }, ['a', 'b']],
  ])('is found: %s', (_, value, places) => {
    expect(findShared(value)).toEqual(places);
  });

  it('is none where its class has only one object for the value, which from of @StoredValue gives', () => {
    class Status {
      static readonly all = [new Status('new'), new Status('paid')];
      private constructor(readonly name: string) {}
    }
    const [paid] = Status.all.slice(1);
    expect(findShared({ a: paid, b: [paid] })).toEqual(['a', 'b[0]']);
    const to = ({ name }: Status): string => name;
    StoredValue({ name: 'shared.status', to, from: (name: string) => Status.all.find((each) => each.name === name)! })(
      Status,
    );
    expect(findShared({ a: paid, b: [paid] })).toBeUndefined();
    StoredValue({
      name: 'shared.status',
      to,
      from: (name: string) => Object.assign(Object.create(Status.prototype) as Status, { name }),
    })(Status);
    expect(findShared({ a: paid, b: [paid] })).toEqual(['a', 'b[0]']);
  });

  it('is found where a value refers back to itself', () => {
    const value: Record<string, unknown> = { inner: {} };
    (value['inner'] as Record<string, unknown>)['outer'] = value;
    expect(findShared(value)).toEqual(['', 'inner.outer']);
  });

  it('does not matter where nobody can change it, or it is a plain value', () => {
    const frozen = Object.freeze(new Line(1));
    const at = new Date(0);
    expect(
      findShared({ a: frozen, b: frozen, c: at, d: at, e: 'x', f: 'x', g: undefined, h: undefined }),
    ).toBeUndefined();
  });

  it('is not seen where two are only equal', () => {
    expect(findShared({ a: new Line(1), b: new Line(1), c: [[], []], d: [{}, {}] })).toBeUndefined();
  });

  it('is found in any value exactly when one was put there', () => {
    fc.assert(
      fc.property(arbitraryValue, arbitraryValue, (a, b) => {
        const [first, second] = [{ value: stateCopier()(a) }, { value: stateCopier()(b) }];
        expect(findShared({ first, second })).toBeUndefined();
        expect(findShared({ first, second, third: [second] })).toEqual(['second', 'third[0]']);
      }),
      { numRuns: 300 },
    );
  });
});
