import fc from 'fast-check';

const TAGS = ['$date', '$bigint', '$map', '$set', '$bytes', '$buffer', '$undefined', '$number'];
const NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'then',
  'toJSON',
  '',
  '$',
  'a.b',
  '0',
  ...TAGS,
  '$$date',
  '$$$map',
];

const { value } = fc.letrec<{ value: unknown }>((tie) => {
  const leaf = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom<unknown>(
      '',
      '\ud800',
      '{"$date":"x"}',
      -0,
      Number.MAX_SAFE_INTEGER,
      5e-324,
      undefined,
      null,
      true,
      false,
    ),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.bigInt(),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array({ maxLength: 8 }),
    fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
  );
  const entries = fc.array(fc.tuple(fc.oneof(fc.constantFrom(...NAMES), fc.string()), tie('value')), { maxLength: 4 });
  return {
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.array(tie('value'), { maxLength: 4 }),
      entries.map((pairs) => {
        const record: Record<string, unknown> = {};
        // Plain assignment to `__proto__` would change the prototype.
        for (const [key, item] of pairs)
          if (item !== undefined)
            Object.defineProperty(record, key, { value: item, enumerable: true, configurable: true, writable: true });
        return record;
      }),
      fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((pairs) => new Map(pairs)),
      fc.array(tie('value'), { maxLength: 3 }).map((items) => new Set(items)),
    ),
  };
});

/** Anything that must survive JSON exactly: all kinds of values, names that collide with something, in any nesting. */
export const arbitraryValue: fc.Arbitrary<unknown> = value;
