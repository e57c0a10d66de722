import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { CHAI } from '../samples.js';

/** Ids of orders that the fuzzer places, pays, and cancels. */
export const fuzzedId = fc.nat(40).map((number) => `fuzz-${number}`);

/** Values that are at home in no field, or at the edge of one. */
export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -0,
    -1,
    1.5,
    1e-7,
    1e21,
    Number.MAX_SAFE_INTEGER + 2,
    5e-324,
    '',
    ' ',
    '0',
    '-0',
    '1e3',
    '1',
    '01.10',
    '0.000000',
    '1.000001',
    '999999999999.99',
    '9999999999999',
    'NaN',
    '__proto__',
    'constructor',
    'toString',
    '*',
    '#',
    '%',
    '%23',
    '\u0000',
    '\u001f',
    '\u007f',
    '\ufeff',
    '\ufffd',
    '\u202e',
    'a\u0301',
    '\u{10ffff}',
    '9999-12-31T23:59:59-23:59',
    '0000-01-01',
    '0001-01-01T00:00:00+14:00',
    '2026-02-30',
    '2026-01-31T24:00:00Z',
    '2026-01-31T12:00:60Z',
    '-000001-01-01',
    '+010000-01-01',
    [],
    [[]],
    [null],
    {},
    { length: 1 },
    { toString: 1 },
    { valueOf: null, toString: null },
    { then: 1 },
    { 0: 'x' },
    { '': '' },
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.string({ unit: 'grapheme', maxLength: 140 }),
  fc.nat(2_000).map((length) => 'y'.repeat(length)),
  fc.nat(300).map((length) => 'x\ufe0f'.repeat(length)),
  fc.double(),
  fc.jsonValue({ depthSize: 'small' }),
);

/** Text for where only text can be. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const amount = fc.oneof(
  fc.constantFrom('14.00', '0', '0.01', '1.5', '999999999999.99', '000000000001'),
  fc.nat(1_000_000).map((cents) => (cents / 100).toFixed(2)),
);

const line = fc.record(
  {
    productId: fc.oneof(
      fc.constantFrom('chai', 'tofu', 'p#1', 'p%23', 'ä ö'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
    ),
    quantity: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constantFrom(1_000_000, 91)),
    unitPrice: amount,
    discount: fc.constantFrom(0, 1, 0.15, '0.25', '1.0', -0),
  },
  { requiredKeys: ['productId', 'quantity', 'unitPrice'] },
);

const time = fc.constantFrom(
  '2026-01-31',
  '2026-01-31T12:00:00Z',
  '9999-12-31',
  '1996-07-04T23:59:59.123456789+14:00',
  '0101-01-01',
);

const validOrder: fc.Arbitrary<object> = fc.record(
  {
    orderId: fuzzedId,
    customerId: fc.oneof(
      fc.constantFrom('VINET', 'c#1', '😀'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
    ),
    lines: fc.uniqueArray(line, { minLength: 1, maxLength: 5, selector: ({ productId }) => productId }),
    placedAt: time,
    reference: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 20 }),
  },
  { requiredKeys: ['customerId', 'lines'] },
);

const occasion: fc.Arbitrary<object> = fc.record(
  { at: time, reason: fc.string({ unit: 'grapheme' }) },
  { requiredKeys: [] },
);

/** The same with one member replaced, removed or added, at any depth. */
function edited(valid: fc.Arbitrary<object>): fc.Arbitrary<unknown> {
  return fc
    .tuple(valid, fc.array(fc.nat(9), { minLength: 1, maxLength: 4 }), oddValue, fc.nat(3))
    .map(([value, way, odd, kind]) => {
      const copy = structuredClone(value) as Record<string, unknown>;
      let place: Record<string, unknown> = copy;
      for (const step of way) {
        const names = Object.keys(place);
        const name = names[step % Math.max(1, names.length)] ?? 'extra';
        const inner = place[name];
        if (typeof inner === 'object' && inner !== null && step < 7) {
          place = inner as Record<string, unknown>;
          continue;
        }
        if (kind === 0) Reflect.deleteProperty(place, name);
        else if (kind === 1)
          Object.defineProperty(place, '__proto__', { value: odd, enumerable: true, configurable: true });
        else if (kind === 2)
          Object.defineProperty(place, textOf(odd), {
            value: odd,
            enumerable: true,
            configurable: true,
          });
        else place[name] = odd;
        break;
      }
      return copy;
    });
}

const deep = fc
  .tuple(fc.constantFrom('[', '{"a":', '{"lines":[', '[{"lines":'), fc.constantFrom(10, 31, 33, 1_000, 15_000))
  .map(([opening, times]) => {
    const closing = Array.from(opening)
      .reverse()
      .flatMap((sign) => (sign === '[' ? [']'] : sign === '{' ? ['}'] : []));
    const text = `${opening.repeat(times)}${opening.endsWith('[') ? '' : '1'}${closing.join('').repeat(times)}`;
    return `{"customerId":"c","reason":${text},"lines":${text}}`;
  });

/** JSON can spell what JSON.stringify never writes. */
const oddSpelling = fc.constantFrom(
  '{"customerId":"\\ud800","lines":[{"productId":"p","quantity":1,"unitPrice":"1.00"}]}',
  '{"customerId":"c","lines":[{"productId":"\\udfff","quantity":1,"unitPrice":"1.00"}]}',
  '{"customerId":"c","lines":[{"productId":"p","quantity":1e400,"unitPrice":"1.00"}]}',
  '{"customerId":"c","lines":[{"productId":"p","quantity":1.0,"unitPrice":"1.00"}],"customerId":"d"}',
  '{"\\ud800":1}',
  '{"reason":"\\udbff"}',
  '{"__proto__":{"customerId":"c"}}',
  '{"constructor":{"prototype":{}}}',
  'null',
  'true',
  '1',
  '"text"',
  '',
  ' ',
  '[]',
  '[[]]',
  '{',
  '{"a":1,}',
  '\ufeff{}',
  '{}\u0000',
  "{'a':1}",
  'NaN',
);

const VALID = { order: validOrder, line, occasion } as const;

/** What a body is meant to be. */
export type BodyKind = keyof typeof VALID;

/** A body for a command: valid, nearly valid, or nothing of the kind. */
export function fuzzedBody(kind: BodyKind): fc.Arbitrary<Buffer> {
  const valid = VALID[kind].map((value) => JSON.stringify(value));
  const text = fc.oneof(
    { weight: 8, arbitrary: valid },
    { weight: 8, arbitrary: edited(VALID[kind]).map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: oddValue.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: deep },
    { weight: 1, arbitrary: oddSpelling },
    { weight: 1, arbitrary: fc.json() },
  );
  return fc.oneof(
    { weight: 70, arbitrary: text.map((each) => Buffer.from(each)) },
    { weight: 3, arbitrary: fc.tuple(valid, fc.nat(200)).map(([each, end]) => Buffer.from(each).subarray(0, end)) },
    { weight: 3, arbitrary: fc.tuple(valid, fc.nat(200), fc.nat(255)).map(withByte) },
    { weight: 2, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 3, arbitrary: text.map((each) => gzipSync(each)) },
    { weight: 1, arbitrary: fc.constant(TOO_LARGE) },
  );
}

const TOO_LARGE = Buffer.from(JSON.stringify({ customerId: 'x'.repeat(150_000), lines: [CHAI] }));

function withByte([text, at, byte]: [string, number, number]): Buffer {
  const bytes = Buffer.from(text);
  bytes[at % Math.max(1, bytes.length)] = byte;
  return bytes;
}
