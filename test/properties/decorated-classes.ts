import { Exclude, Expose, Transform, Type } from 'class-transformer';
import fc from 'fast-check';
import { DomainEvent, StoredValue, type EventClass } from 'nestjs-dynamo-event-store';

/** In every value that a decorator keeps out of an event: the table must never hold it. */
export const MARKER = 'must-not-be-stored';

export class Line {
  constructor(
    readonly sku: string,
    readonly count: number,
  ) {}
  total(): number {
    return this.count * 3;
  }
}

export class Wide extends Line {
  readonly width = 2;
}

export class Colour {
  static readonly RED = new Colour('red');
  static readonly BLUE = new Colour('blue');
  private constructor(readonly name: string) {}
  static of(name: string): Colour {
    return name === 'red' ? Colour.RED : Colour.BLUE;
  }
}

/** Keeps what it holds where nobody sees it. */
export class Hidden {
  readonly #n: number;
  readonly shown = 'shown';
  constructor(n: number) {
    this.#n = n;
  }
  get n(): number {
    return this.#n;
  }
}

@StoredValue({ name: 'properties.money' })
export class Money {
  constructor(
    readonly units: bigint,
    readonly since: Date,
  ) {}
}

@StoredValue<Sealed, number>({ name: 'properties.sealed', to: (value) => value.n, from: (n) => new Sealed(n) })
export class Sealed {
  readonly #n: number;
  constructor(n: number) {
    this.#n = n;
  }
  get n(): number {
    return this.#n;
  }
}

export class Bag extends Set<unknown> {
  note?: string;
}

/** One field of a class of events: how it is decorated, and the values that it may have. */
export interface FieldKind {
  readonly name: string;
  readonly decorators: () => readonly PropertyDecorator[];
  readonly values: fc.Arbitrary<unknown>;
  /** Class that TypeScript would emit for it. */
  readonly designType?: object;
}

const text = fc.string({ maxLength: 4 });
const number = fc.integer({ min: -99, max: 99 });
const line = fc.tuple(text, number).map(([sku, count]) => new Line(sku, count));
const anyLine = fc.oneof(
  line,
  fc.tuple(text, number).map(([sku, count]) => new Wide(sku, count)),
);
const marked = text.map((each) => `${MARKER}${each}`);
const plainValue: fc.Arbitrary<unknown> = fc.oneof(
  text,
  number,
  fc.constantFrom<unknown>(null, undefined, -0, true, 5n),
  fc.date({ noInvalidDate: true }),
  fc.array(number, { maxLength: 3 }),
  fc.array(fc.tuple(text, number), { maxLength: 2 }).map((entries) => new Map(entries)),
  fc.array(text, { maxLength: 2 }).map((items) => new Set(items)),
  fc.record({ a: number, b: fc.array(text, { maxLength: 2 }) }),
  fc.record({ a: number }).map((record) => Object.assign(Object.create(null) as object, record)),
  fc.array(number, { maxLength: 2 }).map((list) => Object.freeze(list)),
);
const toPlain = (run: (value: never) => unknown): PropertyDecorator =>
  Transform(({ value }) => run(value as never), { toPlainOnly: true });
const toClass = (run: (value: never) => unknown): PropertyDecorator =>
  Transform(({ value }) => run(value as never), { toClassOnly: true });

/** No decorators, and every decorator of class-transformer. */
export const fieldKinds: readonly FieldKind[] = [
  { name: 'plain', decorators: () => [], values: plainValue },
  {
    name: 'stored value',
    decorators: () => [],
    values: fc.oneof(
      fc.tuple(fc.bigInt(), fc.date({ noInvalidDate: true })).map(([units, since]) => new Money(units, since)),
      number.map((n) => [new Sealed(n)]),
    ),
  },
  { name: '@Type', decorators: () => [Type(() => Line)], values: line },
  {
    name: '@Type of a plain object',
    decorators: () => [Type(() => Line)],
    values: fc.oneof(
      fc.record({ sku: text, count: number }),
      fc.array(fc.record({ sku: text, count: number }), { maxLength: 2 }),
    ),
  },
  {
    name: '@Type of collections',
    decorators: () => [Type(() => Line)],
    values: fc.oneof(
      fc.array(line, { maxLength: 3 }),
      fc.array(line, { maxLength: 2 }).map((lines) => new Set(lines)),
      fc.array(fc.tuple(text, fc.array(line, { maxLength: 2 })), { maxLength: 2 }).map((entries) => new Map(entries)),
    ),
  },
  {
    name: '@Type with a discriminator',
    decorators: () => [
      Type(() => Line, {
        discriminator: {
          property: '__kind',
          subTypes: [
            { value: Line, name: 'line' },
            { value: Wide, name: 'wide' },
          ],
        },
      }),
    ],
    values: fc.oneof(anyLine, fc.array(fc.oneof(anyLine, fc.constant(null)), { maxLength: 3 })),
  },
  {
    name: '@Type of a class that extends Set',
    decorators: () => [Type(() => Line)],
    designType: Bag,
    values: fc
      .tuple(fc.array(line, { maxLength: 2 }), fc.option(text, { nil: undefined }))
      .map(([lines, note]) => (note === undefined ? new Bag(lines) : Object.assign(new Bag(lines), { note }))),
  },
  {
    name: '@Transform of a smart enum',
    decorators: () => [toPlain(({ name }: Colour) => name), toClass(Colour.of)],
    values: fc.constantFrom(Colour.RED, Colour.BLUE),
  },
  {
    name: '@Transform of a value that hides state',
    decorators: () => [toPlain(({ n }: Hidden) => n), toClass((n: number) => new Hidden(n))],
    values: number.map((n) => new Hidden(n)),
  },
  { name: '@Transform that masks', decorators: () => [toPlain((each: string) => `*${each.length}`)], values: marked },
  { name: '@Transform on reading', decorators: () => [toClass((each: number) => each + 1)], values: number },
  { name: '@Transform both ways', decorators: () => [Transform(({ value }) => (value as number) * 2)], values: number },
  {
    name: '@Transform of a default',
    decorators: () => [Transform(({ value }) => (value as number | undefined) ?? 7)],
    values: fc.option(number, { nil: undefined }),
  },
  {
    name: '@Transform that cuts a date',
    decorators: () => [
      toPlain((each: Date) => each.toISOString().slice(0, 10)),
      toClass((each: string) => new Date(each)),
    ],
    values: fc.date({ noInvalidDate: true, min: new Date('2000-01-01'), max: new Date('2100-01-01') }),
  },
  { name: '@Exclude', decorators: () => [Exclude()], values: marked },
  { name: '@Exclude to plain', decorators: () => [Exclude({ toPlainOnly: true })], values: marked },
  { name: '@Exclude to class', decorators: () => [Exclude({ toClassOnly: true })], values: number },
  { name: '@Expose', decorators: () => [Expose()], values: plainValue },
  { name: '@Expose with a name', decorators: () => [Expose({ name: 'renamed' })], values: plainValue },
  { name: '@Expose with groups', decorators: () => [Expose({ groups: ['admin'] })], values: marked },
];

/** A class of events with some of these fields, its decorators on the class, and values for its instances. */
export interface EventPlan {
  readonly fields: readonly FieldKind[];
  readonly onClass: 'nothing' | 'exclude' | 'expose';
  /** Whether the fields are those of a base class. */
  readonly inherited: boolean;
  readonly values: readonly (readonly unknown[])[];
}

export const eventPlan: fc.Arbitrary<EventPlan> = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 0, max: fieldKinds.length - 1 }), { minLength: 1, maxLength: 4 }),
    fc.constantFrom('nothing' as const, 'nothing' as const, 'exclude' as const, 'expose' as const),
    fc.boolean(),
  )
  .chain(([indexes, onClass, inherited]) => {
    const fields = indexes.map((index) => fieldKinds[index]!);
    return fc
      .array(fc.tuple(...fields.map(({ values }) => values)), { minLength: 1, maxLength: 4 })
      .map((values) => ({ fields, onClass, inherited, values }));
  });

/** Names of the fields of a plan, in its order. */
export const fieldNames = ['first', 'second', 'third', 'fourth'];

export function eventClassOf({
  fields,
  onClass,
  inherited,
}: EventPlan): EventClass & (new (values: readonly unknown[]) => object) {
  class Base {
    declare readonly first?: unknown;
    constructor(values: readonly unknown[]) {
      for (const [index, value] of values.entries()) (this as Record<string, unknown>)[fieldNames[index]!] = value;
    }
  }
  class Derived extends Base {}
  const eventClass = inherited ? Derived : Base;
  for (const [index, { decorators, designType }] of fields.entries()) {
    const name = fieldNames[index]!;
    if (designType !== undefined) Reflect.defineMetadata('design:type', designType, Base.prototype, name);
    for (const decorator of decorators()) decorator(Base.prototype, name);
  }
  if (onClass === 'exclude') Exclude()(eventClass);
  if (onClass === 'expose') Expose()(eventClass);
  DomainEvent({ name: 'planned' })(eventClass);
  return eventClass;
}
