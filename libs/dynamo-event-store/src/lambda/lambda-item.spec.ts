import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { lambdaItemOf } from '../../../../test/support/lambda-event.js';
import { itemOfLambda } from './lambda-item.js';

const bytes = fc.uint8Array({ maxLength: 40 });
const { value } = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'binary' }).map((S) => ({ S })),
    fc.integer().map((N) => ({ N: String(N) })),
    bytes.map((B) => ({ B })),
    fc.boolean().map((BOOL) => ({ BOOL })),
    fc.constant({ NULL: true }),
    fc.array(fc.string()).map((SS) => ({ SS })),
    fc.array(fc.integer().map(String)).map((NS) => ({ NS })),
    fc.array(bytes).map((BS) => ({ BS })),
    fc.array(tie('value')).map((L) => ({ L })),
    fc.dictionary(fc.string(), tie('value')).map((M) => ({ M })),
  ),
}));

describe('an item in Lambda’s JSON', () => {
  it('reads as it looks in the documentation of the event', () => {
    expect(
      itemOfLambda({
        Id: { N: '101' },
        Message: { S: 'New item!' },
        body: { B: 'H4sB+/8=' },
        nested: { L: [{ M: { inner: { B: 'AQI=' } } }, { NULL: true }, { BOOL: false }] },
        sets: { M: { n: { NS: ['1', '2'] }, s: { SS: ['a'] }, b: { BS: ['', 'AQ=='] } } },
      }),
    ).toEqual({
      Id: { N: '101' },
      Message: { S: 'New item!' },
      body: { B: Buffer.from([0x1f, 0x8b, 0x01, 0xfb, 0xff]) },
      nested: { L: [{ M: { inner: { B: Buffer.from([1, 2]) } } }, { NULL: true }, { BOOL: false }] },
      sets: { M: { n: { NS: ['1', '2'] }, s: { SS: ['a'] }, b: { BS: [Buffer.from([]), Buffer.from([1])] } } },
    });
  });

  it('reads back as the item that it was made of', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), (item) => {
        expect(plain(itemOfLambda(JSON.parse(JSON.stringify(lambdaItemOf(item)))))).toEqual(plain(item));
      }),
    );
  });

  it.each<[string, unknown]>([
    ['a', { a: {} }],
    ['a', { a: null }],
    ['a', { a: 'text' }],
    ['a', { a: { S: 1 } }],
    ['a', { a: { N: 1 } }],
    ['a', { a: { S: 'x', N: '1' } }],
    ['a', { a: { X: 'x' } }],
    ['a', { a: { B: 'not base64' } }],
    ['a', { a: { B: 'AQI' } }],
    ['a', { a: { B: 'AQ-_' } }],
    ['a', { a: { BOOL: 'true' } }],
    ['a', { a: { NULL: null } }],
    ['a', { a: { L: { S: 'x' } } }],
    ['a', { a: { M: [] } }],
    ['a', { a: { SS: 'x' } }],
    ['a[1]', { a: { BS: ['', '?'] } }],
    ['a[1].b', { a: { L: [{ S: 'x' }, { M: { b: { N: null } } }] } }],
  ])('names %s where it is malformed: %j', (path, image) => {
    expect(() => itemOfLambda(image)).toThrow(
      new SyntaxError(`Attribute ${path} is no value of DynamoDB in Lambda's JSON.`),
    );
  });

  it.each([undefined, null, 'text', 1])('is not %j', (image) => {
    expect(() => itemOfLambda(image)).toThrow(SyntaxError);
  });
});

/** Buffers and plain arrays of bytes are equal as text. */
function plain(item: Record<string, AttributeValue>): unknown {
  return lambdaItemOf(item);
}
