import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeBody } from '../store/commit-body.js';
import { compress, MAX_BODY_BYTES, plainAttribute, unpack, unpackAttribute } from './packed-body.js';

/** Bodies as they are made: JSON text, or frames with bytes in them. */
const body = fc
  .array(
    fc.record({
      typeIndex: fc.nat(300),
      payload: fc.oneof(
        fc.json(),
        fc.uint8Array({ maxLength: 40 }),
        fc.constantFrom(new Uint8Array([0x1f, 0x8b]), new Uint8Array([0x5b]), new Uint8Array()),
      ),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map(encodeBody);

const comparable = (packed: string | Uint8Array): unknown => (typeof packed === 'string' ? packed : [...packed]);

describe('a body', () => {
  it('comes back from its attribute, plain and compressed', () => {
    fc.assert(
      fc.property(body, (given) => {
        expect(comparable(unpackAttribute(plainAttribute(given)))).toEqual(comparable(given));
        expect(comparable(unpackAttribute({ B: compress(given) }))).toEqual(comparable(given));
      }),
      { numRuns: 500 },
    );
  });

  it('comes back from its bytes, also where they are a part of a larger buffer', () => {
    fc.assert(
      fc.property(body, fc.nat(9), (given, offset) => {
        for (const bytes of [Buffer.from(given), compress(given)]) {
          const larger = Buffer.concat([Buffer.alloc(offset, 0x1f), bytes, Buffer.alloc(3)]);
          expect(comparable(unpack(larger.subarray(offset, offset + bytes.length)))).toEqual(comparable(given));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('of text stays readable, and one of bytes stays bytes', () => {
    expect(plainAttribute('[[0,1]]')).toEqual({ S: '[[0,1]]' });
    expect(plainAttribute(new Uint8Array([1]))).toEqual({ B: new Uint8Array([1]) });
  });

  it('of text with any characters comes back from its bytes', () => {
    for (const text of ['[[0,"é😀"]]', '[]', '[[0,"\u0000"]]']) expect(unpack(Buffer.from(text))).toBe(text);
  });

  it('is read up to its limit, and not beyond', () => {
    const most = Buffer.alloc(MAX_BODY_BYTES, 1);
    expect((unpack(gzipSync(most, { level: 1 })) as Uint8Array).length).toBe(MAX_BODY_BYTES);
    expect(() => unpack(gzipSync(Buffer.alloc(MAX_BODY_BYTES + 1), { level: 1 }))).toThrow(
      /larger than 67108864 bytes/,
    );
  });

  it('cannot be read from an attribute without text or bytes, nor from damaged ones', () => {
    for (const value of [undefined, { N: '1' }, { NULL: true as const }])
      expect(() => unpackAttribute(value)).toThrow(SyntaxError);
    expect(() => unpackAttribute({ B: new Uint8Array([0x1f, 0x8b]) })).toThrow();
    expect(() => unpackAttribute({ B: compress('[[0,1]]').subarray(0, 15) })).toThrow();
  });
});
