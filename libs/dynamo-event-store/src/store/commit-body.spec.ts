import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { arbitraryValue } from '../../../../test/support/arbitrary-values.js';
import { encodeValue } from '../event/value-codec.js';
import { decodeBody, encodeBody, type BodyEntry } from './commit-body.js';

const typeIndex = fc.integer({ min: 0, max: 65_535 });
const jsonText = arbitraryValue.map((value) => JSON.stringify(encodeValue(value, 'e')));
const textEntry = fc.record<BodyEntry<string>>({ typeIndex, payload: jsonText });
const anyEntry = fc.record<BodyEntry<string | Uint8Array>>({
  typeIndex,
  payload: fc.oneof(jsonText, fc.uint8Array({ maxLength: 300 })),
});

const opened = (entries: readonly BodyEntry<string | Uint8Array>[]): unknown[] =>
  entries.map((entry) => ({
    typeIndex: entry.typeIndex,
    payload: typeof entry.payload === 'string' ? (JSON.parse(entry.payload) as unknown) : entry.payload,
  }));

describe('the body of a commit', () => {
  it('of JSON alone is readable text', () => {
    expect(
      encodeBody([
        { typeIndex: 0, payload: '{"a":1}' },
        { typeIndex: 1, payload: 'null' },
      ]),
    ).toBe('[[0,{"a":1}],[1,null]]');
  });

  it('of JSON alone reads back in order', () => {
    fc.assert(
      fc.property(fc.array(textEntry, { minLength: 1, maxLength: 8 }), (entries) => {
        expect(decodeBody(encodeBody(entries)).entries).toEqual(opened(entries));
      }),
    );
  });

  it('of bytes and JSON mixed reads back in order, also as part of a larger buffer', () => {
    fc.assert(
      fc.property(fc.array(anyEntry, { minLength: 1, maxLength: 8 }), (entries) => {
        const body = encodeBody(entries);
        const moved = typeof body === 'string' ? body : Buffer.concat([Buffer.alloc(3), body]).subarray(3);
        expect(decodeBody(moved).entries).toEqual(opened(entries));
      }),
    );
  });

  it('gives bytes that share no memory with the body', () => {
    const body = encodeBody([{ typeIndex: 0, payload: new Uint8Array([1, 2]) }]) as Uint8Array;
    const [entry] = decodeBody(body).entries;
    body.fill(9);
    expect(entry?.payload).toEqual(new Uint8Array([1, 2]));
  });

  it('tells whether tags have to be looked for, and never overlooks one', () => {
    fc.assert(
      fc.property(fc.array(textEntry, { minLength: 1, maxLength: 4 }), (entries) => {
        const { mayHoldTags } = decodeBody(encodeBody(entries));
        expect(mayHoldTags || !entries.some(({ payload }) => payload.includes('{"$'))).toBe(true);
      }),
    );
    expect(decodeBody('[[0,{"a":[1]}]]').mayHoldTags).toBe(false);
  });
});

describe('a damaged body is a syntax error, never a wrong event', () => {
  it.each([
    '',
    'x',
    '{}',
    '1',
    'null',
    '"text"',
    '[1]',
    '[[0]]',
    '[[0,1,2]]',
    '[["0",1]]',
    '[[0.5,1]]',
    '[null]',
    '[{"0":0,"1":1}]',
    '[[0,1]',
  ])('the text %j', (body) => {
    expect(() => decodeBody(body)).toThrow(SyntaxError);
  });

  it('frames that are cut off anywhere but between two of them', () => {
    const one = encodeBody([{ typeIndex: 1, payload: new Uint8Array([1, 2, 3]) }]) as Uint8Array;
    const two = encodeBody([
      { typeIndex: 1, payload: new Uint8Array([1, 2, 3]) },
      { typeIndex: 2, payload: '{"a":1}' },
    ]) as Uint8Array;
    for (let length = 1; length < two.length; length++) {
      const cut = (): unknown => decodeBody(two.subarray(0, length));
      if (length === one.length) expect(decodeBody(two.subarray(0, length)).entries).toHaveLength(1);
      else expect(cut).toThrow(SyntaxError);
    }
  });

  it('frames of a kind that does not exist, and frames whose JSON is none', () => {
    const body = Buffer.from(
      encodeBody([
        { typeIndex: 0, payload: new Uint8Array([1]) },
        { typeIndex: 0, payload: '{}' },
      ]),
    );
    const unknownKind = Buffer.from(body).fill(4, 0, 1);
    const brokenJson = Buffer.from(body).fill('x', body.length - 1);
    expect(() => decodeBody(unknownKind)).toThrow(/unknown kind 4/);
    expect(() => decodeBody(brokenJson)).toThrow(SyntaxError);
  });
});
