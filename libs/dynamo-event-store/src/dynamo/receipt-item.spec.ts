import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { StreamCorruptedError } from '../errors/store-errors.js';
import { hashOf, type Receipt } from '../store/receipt.js';
import { itemBytes, type Item } from './item-size.js';
import { fromReceiptItem, toReceiptItem } from './receipt-item.js';

const stream = { aggregate: 'order', id: 'o-1', tenant: 'acme' };
const receipt: Receipt = {
  commitId: 'c-7',
  attempt: 'once',
  first: 7,
  last: 9,
  recordedAt: 1_712_345_678_910,
  digest: hashOf('events'),
  fingerprint: hashOf('command'),
};

describe('a receipt and its item', () => {
  it('hold the same', () => {
    const whole = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    const given = fc.record({
      commitId: fc.string({ minLength: 1 }),
      attempt: fc.string({ minLength: 1 }),
      first: whole,
      last: whole,
      recordedAt: whole,
      digest: fc.string(),
      fingerprint: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
    });
    const ttl = fc.option(whole, { nil: undefined });
    fc.assert(
      fc.property(given, fc.string({ minLength: 1 }), ttl, (each, id, expires) => {
        const read = fromReceiptItem(stream, toReceiptItem(stream, id, each, expires));
        expect(read).toEqual(expires === undefined ? each : { ...each, ttl: expires });
      }),
    );
  });

  it('are found under the stream and the id, and carry nothing but what they say', () => {
    expect(toReceiptItem(stream, 'k', receipt, 5)).toEqual({
      pk: { S: 'acme#order#o-1' },
      sk: { S: 'c#k' },
      commit: { S: 'c-7' },
      try: { S: 'once' },
      first: { N: '7' },
      last: { N: '9' },
      at: { N: '1712345678910' },
      digest: { S: hashOf('events') },
      print: { S: hashOf('command') },
      ttl: { N: '5' },
    });
    expect(Object.keys(toReceiptItem(stream, 'k', { ...receipt, fingerprint: undefined }, undefined)).sort()).toEqual([
      'at',
      'commit',
      'digest',
      'first',
      'last',
      'pk',
      'sk',
      'try',
    ]);
  });

  it('cost one write unit of an ordinary stream, whatever the caller chose as key and fingerprint', () => {
    const id = hashOf('x'.repeat(10_000));
    expect(itemBytes(toReceiptItem(stream, id, { ...receipt, commitId: 'x'.repeat(128) }, 4e9))).toBeLessThan(1024);
  });
});

describe('an item that is damaged, or of another kind, is StreamCorruptedError and nothing else', () => {
  const whole = toReceiptItem(stream, 'k', receipt, undefined);
  const without = (name: string): Item => Object.fromEntries(Object.entries(whole).filter(([each]) => each !== name));

  it.each<[string, Item]>([
    ['nothing', {}],
    ...['commit', 'try', 'first', 'last', 'at', 'digest'].map((name): [string, Item] => [
      `without ${name}`,
      without(name),
    ]),
    ['with text for a version', { ...whole, first: { S: '7' } }],
    ['with half a version', { ...whole, last: { N: '9.5' } }],
    ['with a time that is none', { ...whole, at: { N: '1e300' } }],
    ['with a digest that is bytes', { ...whole, digest: { B: new Uint8Array([1]) } }],
  ])('%s', (_, item) => {
    expect(() => fromReceiptItem(stream, item)).toThrow(StreamCorruptedError);
  });
});
