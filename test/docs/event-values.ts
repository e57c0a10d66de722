import { StoredValue } from 'nestjs-dynamo-event-store';
import { Iban, Money } from '../../docs/examples/money.js';

/** A row of the table of values that are kept, in docs/events.md. */
export interface KeptValue {
  readonly label: string;
  /** Made anew each time, since what is stored must not be told by what was passed in. */
  readonly samples: () => readonly unknown[];
  /** What comes back of the samples in an event, where it is not the same; and how the table says so. */
  readonly inEvent?: { readonly label: string; readonly values: () => readonly unknown[] };
  /** Whether JSON alone holds the samples, with the same text as `JSON.stringify` gives. */
  readonly isJson?: true;
}

@StoredValue({ name: 'tags' })
class Tags extends Set<string> {}

enum Colour {
  Red = 'red',
}

const nullPrototype = (): object => Object.assign(Object.create(null) as object, { a: 1 });
const withHole = (): unknown[] => {
  const list: unknown[] = [1, 2, 3];
  Reflect.deleteProperty(list, 1);
  return list;
};

export const KEPT: readonly KeptValue[] = [
  { label: 'string, finite number, boolean, `null`', samples: () => ['text', '', 1.5, true, null], isJson: true },
  { label: 'enum, union of literals', samples: () => [Colour.Red], isJson: true },
  { label: 'list, plain object', samples: () => [{ a: [1, { b: 'c' }] }, [], {}], isJson: true },
  { label: '`Date`', samples: () => [new Date('2026-01-31T12:00:00.000Z')] },
  { label: '`bigint`', samples: () => [10n, -(2n ** 80n)] },
  {
    label: '`Map`, with keys and members of any kind in this table',
    samples: () => [new Map<unknown, unknown>([['a', 1n]]), new Map([[{ id: 1 }, new Map([[2, new Date(3)]])]])],
  },
  { label: '`Set`', samples: () => [new Set(['a', 'b'])] },
  { label: '`Uint8Array`', samples: () => [Uint8Array.of(1, 2)] },
  { label: '`Buffer`', samples: () => [Buffer.from('hi')] },
  { label: '`-0`', samples: () => [-0] },
  { label: 'class with `@StoredValue`', samples: () => [Money.of(1250n, 'EUR')] },
  { label: '… with `to` and `from`', samples: () => [Iban.parse('DE02 1203 0000')] },
  { label: '… that extends `Set`, `Map` or `Array`', samples: () => [new Tags(['a'])] },
  { label: 'list with `undefined`', samples: () => [[undefined, 1]] },
  { label: 'own property that looks like a tag', samples: () => [{ $date: 'x' }, { $$map: [] }] },
  {
    label: 'property that is `undefined`',
    samples: () => [{ a: undefined }],
    inEvent: { label: 'absent', values: () => [{}] },
  },
  {
    label: 'hole in a list',
    samples: () => [withHole()],
    inEvent: { label: '`undefined`', values: () => [[1, undefined, 3]] },
  },
  {
    label: 'object without a prototype',
    samples: () => [nullPrototype()],
    inEvent: { label: 'with the usual one', values: () => [{ a: 1 }] },
  },
  {
    label: 'frozen list or object',
    samples: () => [Object.freeze([1]), Object.freeze({ a: Object.freeze([1]) })],
    inEvent: { label: 'not frozen', values: () => [[1], { a: [1] }] },
  },
];

/** A row of the table of values that are refused. */
export interface RefusedValue {
  readonly label: string;
  readonly samples: () => readonly unknown[];
  /** Part of the error's text for each sample. */
  readonly fault: string;
  readonly instead: string;
  /** Whether a state may hold it all the same. */
  readonly isKeptInStates?: true;
}

class Line {
  constructor(readonly sku: string) {}
}
class Skus extends Set<string> {}
class Vault {
  readonly #secret = 'secret';
  open(): string {
    return this.#secret;
  }
}

const nested = (levels: number): unknown => (levels === 0 ? 'end' : [nested(levels - 1)]);
const circular = (): object => {
  const value: Record<string, unknown> = {};
  value['self'] = value;
  return value;
};

export const REFUSED: readonly RefusedValue[] = [
  {
    label: '`NaN`, `Infinity`',
    samples: () => [NaN, Infinity, -Infinity],
    fault: 'cannot be stored',
    instead: '`null`, or a field that says what happened',
    isKeptInStates: true,
  },
  { label: 'invalid `Date`', samples: () => [new Date(NaN)], fault: 'the date is not a valid one', instead: '`null`' },
  {
    label: 'instance of a class without `@StoredValue` or `@Type`',
    samples: () => [new Line('a')],
    fault: 'would come back as another type',
    instead: '`@StoredValue({ name })` on the class',
  },
  {
    label: '… that extends `Set`, `Map` or `Array`',
    samples: () => [new Skus(['a'])],
    fault: 'mark the class with @StoredValue({ name })',
    instead: 'the same',
  },
  {
    label: '… with `#private` members, `accessor` fields or a `WeakMap` of its own',
    samples: () => [new Vault()],
    fault: 'hides its state; mark the class with @StoredValue({ name, to, from })',
    instead: '`@StoredValue({ name, to, from })`',
  },
  {
    label: '`RegExp`, `Error`, typed arrays but `Uint8Array`, `ArrayBuffer`, boxed strings, subclasses of `Date`',
    samples: () => [
      /a/,
      new Error('a'),
      new Uint16Array(2),
      new ArrayBuffer(2),
      new String('a'),
      new (class Day extends Date {})(),
    ],
    fault: 'hides its state',
    instead: 'text, numbers or bytes; or [call the decorator](#classes-of-others) on the class',
  },
  { label: 'function, symbol', samples: () => [() => 1, Symbol('a')], fault: 'cannot be stored', instead: 'a name' },
  {
    label: '`Promise`',
    samples: () => [Promise.resolve(1)],
    fault: 'a promise cannot be stored; await it first',
    instead: '`await` it',
  },
  {
    label: 'property under a symbol; property of a list, `Map`, `Set` or `Date` beside its members',
    samples: () => [{ [Symbol('a')]: 1 }, Object.assign([1], { note: 'a' }), Object.assign(new Date(), { zone: 'a' })],
    fault: 'JSON has no place for it',
    instead: 'an object with both',
  },
  {
    label: 'object that contains itself',
    samples: () => [circular()],
    fault: 'it refers back to an object that contains it',
    instead: 'an id',
  },
  {
    label: 'more than 256 levels',
    samples: () => [nested(300)],
    fault: 'it is nested more than 256 levels deep',
    instead: 'a list with ids',
  },
];
