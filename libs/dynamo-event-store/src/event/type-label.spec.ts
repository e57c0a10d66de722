import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatTypeLabel, parseTypeLabel, type TypeLabel } from './type-label.js';

const text = fc.oneof(
  fc.string({ minLength: 1 }),
  fc
    .array(fc.constantFrom('@', '~', '%', '2', '5', '4', '0', '7', 'E', '1', '\n', 'a'), { minLength: 1 })
    .map((parts) => parts.join('')),
);
const label = fc.record<TypeLabel>({
  name: text,
  schemaVersion: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  classless: fc.boolean(),
});

describe('a type label', () => {
  it('is readable', () => {
    expect(formatTypeLabel({ name: 'order-placed', schemaVersion: 2, classless: false })).toBe('order-placed@2');
    expect(formatTypeLabel({ name: 'order-placed', schemaVersion: 1, classless: true })).toBe('order-placed~1');
  });

  it('reads back as it was, whatever the name', () => {
    fc.assert(
      fc.property(label, (given) => {
        expect(parseTypeLabel(formatTypeLabel(given))).toEqual(given);
      }),
      { numRuns: 2000 },
    );
  });

  it('is never shared by two types', () => {
    fc.assert(
      fc.property(label, label, (a, b) => {
        const same = a.name === b.name && a.schemaVersion === b.schemaVersion && a.classless === b.classless;
        expect(formatTypeLabel(a) === formatTypeLabel(b)).toBe(same);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['', 'a', 'a@', 'a@0', 'a@-1', 'a@1.5', 'a@1b', '@@1', 'a~b@1', 'a@01', 'a@1\n', `a@${'9'.repeat(20)}`])(
    'is not %j',
    (foreign) => {
      expect(() => parseTypeLabel(foreign)).toThrow(SyntaxError);
    },
  );
});
