import { describe, expect, it } from '@jest/globals';
import { InvalidArgumentError } from '../../errors/argument-errors.js';
import { ViewSerializationError } from '../../errors/read-model-errors.js';
import { defineView, type ViewIndex } from '../../projection/view.js';
import { decodeView, encodeView, fromViewItem, valueAttributes, withIncrements } from './view-item.js';

class Owner {
  constructor(readonly name: string) {}
}

const plain = defineView<object>({ name: 'things', keyedBy: 'key' });

function indexed(index: ViewIndex<{ group?: unknown; rank?: unknown }>) {
  return defineView<{ group?: unknown; rank?: unknown }, 'byGroup'>({
    name: 'things',
    keyedBy: 'key',
    indexes: { byGroup: index },
  });
}

describe('the value of an item', () => {
  it('survives with dates, bigints, maps, sets and nested lists', () => {
    const value = {
      at: new Date('2026-01-01T00:00:00Z'),
      big: 12345678901234567890n,
      byName: new Map([['a', { tags: new Set(['x', 'y']) }]]),
      lines: [{ price: 1.5 }, { price: -0 }],
      empty: '',
      nothing: null,
    };
    expect(decodeView(encodeView(plain, 'k', value))).toEqual(value);
  });

  it.each([
    ['lines[1].price', { lines: [{ price: 1 }, { price: Number.NaN }] }],
    ['run', { run: () => undefined }],
    ['owner', { owner: new Owner('ada') }],
    ['', new Owner('ada')],
  ])('is refused at %j when it cannot be kept, naming view and key', (path, value) => {
    const encode = () => encodeView(plain, 'k-1', value);
    expect(encode).toThrow(ViewSerializationError);
    expect(encode).toThrow(expect.objectContaining({ view: 'things', key: 'k-1', path, retryable: false }));
  });

  it('has the increments since it was put added to its fields', () => {
    const item = {
      pk: { S: '#v#things@1#a%23b' },
      r: { N: '7' },
      s: { S: '{"sold":5,"name":"lamp"}' },
      '+sold': { N: '-2' },
      '+returned': { N: '3' },
    };
    const stored = fromViewItem(item);
    expect(stored).toMatchObject({ key: 'a#b', revision: 7, version: undefined, aggregate: undefined });
    expect(decodeView(stored.text!)).toEqual({ sold: 3, name: 'lamp', returned: 3 });
  });

  it('keeps a field with an odd name', () => {
    const value = decodeView(withIncrements('{}', JSON.parse('{"__proto__":2,"$date":1}') as Record<string, number>));
    expect(Object.entries(value as object)).toEqual([
      ['__proto__', 2],
      ['$date', 1],
    ]);
  });

  it('is none on an item that only holds the progress', () => {
    expect(fromViewItem({ pk: { S: '#v#things@1#o' }, v: { N: '4' }, a: { S: 'order' } })).toEqual({
      key: 'o',
      text: undefined,
      version: 4,
      revision: undefined,
      aggregate: 'order',
    });
  });
});

describe('the indexes of an item', () => {
  const attributes = (
    index: ViewIndex<{ group?: unknown; rank?: unknown }>,
    value: object = { group: 'g', rank: 'r' },
  ) => valueAttributes(indexed(index), 2, 'acme', 'k', { text: encodeView(plain, 'k', value) });

  it('have values that name tenant, view and build; sorted by key unless said otherwise', () => {
    const partition = ({ group }: { group?: unknown }) => group as string;
    expect(attributes({ partition })).toMatchObject({ i1p: { S: 'acme#things@2#g' }, i1s: { S: 'k' } });
    expect(attributes({ partition, sort: ({ rank }) => rank as string })).toMatchObject({ i1s: { S: 'r' } });
    expect(Object.keys(attributes({ partition }, { rank: 'r' }))).toEqual(['s']);
  });

  it('see values as they were put, dates included', () => {
    const at = new Date('2026-01-01T00:00:00Z');
    const partition = ({ group }: { group?: unknown }) => (group as Date).toISOString();
    expect(attributes({ partition }, { group: at })['i1p']!.S).toContain('2026-01-01T00:00:00.000Z');
  });

  it.each([
    [
      'throws',
      {
        partition: () => {
          throw new TypeError('boom');
        },
      },
    ],
    ['gives a number', { partition: () => 1 as never }],
    ['gives broken text', { partition: () => '\ud800' }],
    ['sorts by nothing', { partition: () => 'g', sort: () => '' }],
    ['sorts by what is not text', { partition: () => 'g', sort: () => undefined as never }],
    ['sorts by too long a text', { partition: () => 'g', sort: () => 'x'.repeat(1025) }],
    ['gives too long a partition', { partition: () => 'x'.repeat(2048) }],
  ])('refuse a function that %s', (_, index) => {
    expect(() => attributes(index)).toThrow(InvalidArgumentError);
  });
});
