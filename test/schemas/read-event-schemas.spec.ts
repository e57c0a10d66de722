import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readEventSchemas, type EventSources } from 'nestjs-dynamo-event-store/schemas';
import { SchemaProject } from '../support/schema-project.js';

const SHAPES = `
import { DomainEvent as Event, PersonalData, DataSubject } from 'nestjs-dynamo-event-store';
import { Expose, Exclude, Transform } from 'class-transformer';

enum Status { New = 'new', Paid = 'paid' }
enum Rank { Low, High = 5 }
type Money = string & { readonly __brand: 'Money' };
type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
interface Line { readonly productId: string; readonly quantity: number; price?: Money; total(): number }
class Address { private readonly street = ''; get text() { return this.street; } static count = 1; city!: string; }
interface Category { name: string; children: readonly Category[]; parent: Category | undefined }
interface Page<T> { readonly items: T[]; readonly next: T | null }
class Base<T> { inherited!: T; protected note?: string; }
const NAME = 'shapes' as const;
const OPTIONS = { version: 3, aliases: ['old-shapes', \`older-shapes\`] };

@Event({ name: NAME, ...OPTIONS })
export class Shapes extends Base<Date> {
  text!: string; count!: number; flag!: boolean; large!: bigint; bytes!: Uint8Array;
  literal: 'b' | 'a' | null = 'a'; quoted!: "it's"; numbers!: 2 | 10; maybe!: string | undefined; late?: boolean;
  status!: Status; rank!: Rank; one!: Status.Paid;
  money!: Money; template!: \`o-\${string}\`;
  lines!: readonly Line[]; pair!: [string, number?]; rest!: readonly [string, ...number[]];
  map!: ReadonlyMap<string, Line>; set!: Set<bigint>; record!: Record<string, number>; known!: Record<'x' | 'y', number>;
  open!: { fixed: string; [more: string]: string };
  address!: Address; partial!: Partial<Pick<Line, 'productId' | 'quantity'>>; both!: { a: 1 } & { b: 2 };
  page!: Page<Line>; tree!: Category; json!: Json; mixed!: Line | string[] | null;
  anything: any; whatever: unknown; thing!: object;
  readonly currency = 'EUR';
  #secret = 1; static shared = 2; get computed(): number { return this.#secret; } method(): void {}
  declare readonly [Symbol.toStringTag]: string;
  @Exclude() cached = 1;
  @Exclude({ toClassOnly: true }) written = 1;
  @Expose({ name: 'stored_name' }) renamed = 1;
  @Transform(({ value }) => value) custom!: Date;
}

@Event({ name: 'customer-registered' })
export class CustomerRegistered {
  constructor(
    @DataSubject() readonly customerId: string,
    @PersonalData({ fallback: '' }) private readonly email: string,
    readonly plan: string,
    parameter: number,
  ) { void parameter; }
}

@Event({ name: 'hidden' })
@Exclude()
export class Hidden { @Expose() seen = 1; unseen = 2; }
`;

describe('the shapes of event classes', () => {
  const project = new SchemaProject();
  let sources: EventSources;
  beforeAll(() => {
    sources = project.write('src/events.ts', SHAPES).read();
  });
  afterAll(() => {
    project.remove();
  });

  const line = {
    object: {
      price: { type: 'string', optional: true },
      productId: { type: 'string' },
      quantity: { type: 'number' },
    },
  };

  it('finds the name, version and aliases in constants', () => {
    expect(sources.problems).toEqual([]);
    expect(sources.events['shapes']).toMatchObject({ version: 3, aliases: ['old-shapes', 'older-shapes'] });
  });

  it('leaves out what is not stored: methods, accessors, statics, private names, symbols, excluded fields', () => {
    const fields = Object.keys(sources.events['shapes']!.shape.fields);
    for (const name of ['secret', '#secret', 'shared', 'computed', 'method', 'cached', 'renamed'])
      expect(fields).not.toContain(name);
    expect(fields.filter((name) => name.includes('@'))).toEqual([]);
    expect(Object.keys(sources.events['hidden']!.shape.fields)).toEqual(['seen']);
  });

  it.each([
    ['text', { type: 'string' }],
    ['count', { type: 'number' }],
    ['flag', { type: 'boolean' }],
    ['large', { type: 'bigint' }],
    ['bytes', { type: 'Uint8Array' }],
    ['literal', { type: "'a' | 'b' | null" }],
    ['quoted', { type: "'it\\'s'" }],
    ['numbers', { type: '10 | 2' }],
    ['maybe', { type: 'string', optional: true }],
    ['late', { type: 'boolean', optional: true }],
    ['status', { type: "'new' | 'paid'" }],
    ['rank', { type: '0 | 5' }],
    ['one', { type: "'paid'" }],
    ['money', { type: 'string' }],
    ['template', { type: '`o-${string}`' }],
    ['lines', { type: { array: line } }],
    ['pair', { type: { tuple: ['string', 'number | undefined'] } }],
    ['rest', { type: { tuple: ['string'], rest: 'number' } }],
    ['map', { type: { map: { key: 'string', value: line } } }],
    ['set', { type: { set: 'bigint' } }],
    ['record', { type: { record: 'number' } }],
    ['known', { type: { object: { x: { type: 'number' }, y: { type: 'number' } } } }],
    ['open', { type: { object: { fixed: { type: 'string' } }, rest: 'string' } }],
    ['address', { type: { object: { city: { type: 'string' }, street: { type: "''" } } } }],
    [
      'partial',
      {
        type: {
          object: { productId: { type: 'string', optional: true }, quantity: { type: 'number', optional: true } },
        },
      },
    ],
    ['both', { type: { object: { a: { type: '1' }, b: { type: '2' } } } }],
    ['page', { type: { object: { items: { type: { array: line } }, next: { type: { union: [line, 'null'] } } } } }],
    ['tree', { type: { ref: 'Category' } }],
    ['json', { type: { ref: 'Json' } }],
    ['mixed', { type: { union: [{ array: 'string' }, line, 'null'] } }],
    ['anything', { type: 'any' }],
    ['whatever', { type: 'unknown' }],
    ['thing', { type: 'object' }],
    ['currency', { type: "'EUR'" }],
    ['inherited', { type: 'Date' }],
    ['note', { type: 'string', optional: true }],
    ['written', { type: 'number' }],
    ['stored_name', { type: 'number' }],
    ['custom', { type: 'Date', transformed: true }],
  ])('%s', (field, schema) => {
    expect(sources.events['shapes']!.shape.fields[field]).toEqual(schema);
  });

  it('names what contains itself', () => {
    expect(sources.events['shapes']!.shape.definitions).toEqual({
      Category: {
        object: {
          children: { type: { array: { ref: 'Category' } } },
          name: { type: 'string' },
          parent: { type: { ref: 'Category' }, optional: true },
        },
      },
      Json: {
        union: [{ array: { ref: 'Json' } }, { record: { ref: 'Json' } }, 'boolean | number | string | null'],
      },
    });
  });

  it('marks personal data, and takes only parameters that are properties', () => {
    expect(sources.events['customer-registered']!.shape.fields).toEqual({
      customerId: { type: 'string', subject: true },
      email: { type: 'string', personal: true },
      plan: { type: 'string' },
    });
  });
});

describe('aggregates and upcasters', () => {
  const project = new SchemaProject();
  afterAll(() => {
    project.remove();
  });

  it('are found through inheritance, constants and namespaces', () => {
    project.write(
      'src/names.ts',
      `export const EVENTS = { placed: 'placed', paid: 'paid' }; export enum Names { Order = 'order' }`,
    );
    project.write(
      'src/order.ts',
      `import * as es from 'nestjs-dynamo-event-store';
       import { Aggregate, AggregateRoot, EventHandler, DomainEvent, Upcaster, defineUpcaster } from 'nestjs-dynamo-event-store';
       import { EVENTS, Names } from './names.js';
       @es.DomainEvent({ name: EVENTS.placed, version: 3 }) export class Placed {}
       @DomainEvent({ name: EVENTS.paid }) export class Paid {}
       abstract class Payable extends AggregateRoot { @EventHandler(Paid) protected onPaid(): void {} }
       @Aggregate({ name: Names.Order }) export class Order extends Payable { @EventHandler(Placed) onPlaced(): void {} }
       export class SpecialOrder extends Order {}
       @Aggregate({ name: 'invoice' }) export class Invoice extends Payable {}
       @Upcaster({ event: EVENTS.placed, from: 1 }) export class PlacedFrom1 { upcast(p: object) { return p; } }
       const target = { event: 'paid', version: 1 };
       export const upcasters = [
         defineUpcaster({ event: 'placed', from: 2, into: [target, { event: 'placed', version: 3 }] }, (p: object) => [p, p]),
         defineUpcaster({ event: 'noted', from: 1, into: [] }, () => []),
         defineUpcaster({ event: 'noted', from: 2, with: [target] }, (p: object) => p),
       ];`,
    );
    // A project of its own has functions of these names too.
    project.write(
      'src/own.ts',
      `function DomainEvent(options: object): ClassDecorator { return () => {}; }
       @DomainEvent({ name: 'other' }) export class Other {}`,
    );
    project.write(
      'src/order.spec.ts',
      `import { DomainEvent } from 'nestjs-dynamo-event-store';
      @DomainEvent({ name: 'only-in-a-test' }) export class OnlyInATest {}`,
    );
    const { events, aggregates, upcasters, problems } = project.read();
    expect(problems).toEqual([]);
    expect(aggregates).toEqual(['invoice', 'order']);
    expect(Object.values(events).map((event) => [event.name, event.aggregates, event.at])).toEqual([
      ['paid', ['invoice', 'order'], 'src/order.ts:5'],
      ['placed', ['order'], 'src/order.ts:4'],
    ]);
    expect(upcasters.map(({ at: _, ...upcaster }) => upcaster)).toEqual([
      { event: 'placed', from: 1 },
      {
        event: 'placed',
        from: 2,
        into: [
          { event: 'paid', version: 1 },
          { event: 'placed', version: 3 },
        ],
      },
      { event: 'noted', from: 1, into: [] },
      { event: 'noted', from: 2, with: [{ event: 'paid', version: 1 }] },
    ]);
  });
});

describe('what cannot be read without running the code', () => {
  const project = new SchemaProject();
  afterAll(() => {
    project.remove();
  });

  it.each([
    ['a computed name', `@DomainEvent({ name: String(1) }) class A {}`, /name, version and aliases of @DomainEvent/],
    ['computed options', `const o = JSON.parse('{}'); @DomainEvent(o) class A {}`, /name, version and aliases/],
    ['a call that is no decorator', `DomainEvent({ name: 'a' })(class {});`, /DomainEvent\(…\) is not on a class/],
    [
      'two classes of one name',
      `@DomainEvent({ name: 'a' }) class A {} @DomainEvent({ name: 'a' }) class B {}`,
      /"a" is that of another class too, at src\/a\.ts:3/,
    ],
    ['the event of an upcaster', `defineUpcaster({ event: String(1), from: 1 }, () => 1);`, /event and from of/],
    ['the options of an upcaster', `defineUpcaster(JSON.parse(''), () => 1);`, /the options of defineUpcaster/],
    [
      'the target of an upcaster',
      `defineUpcaster({ event: 'a', from: 1, into: JSON.parse('') }, () => 1);`,
      /into and with of the upcaster of a from version 1/,
    ],
    ['the name of an aggregate', `@Aggregate({ name: String(1) }) class A {}`, /the name in @Aggregate/],
    [
      'a stored name',
      `@DomainEvent({ name: 'a' }) class A { deep!: { b: B } } class B { @Expose({ name: String(1) }) x = 1; }`,
      /event a, deep\.b\.x: the name in @Expose/,
    ],
    [
      'a type that is not there',
      `import { X } from 'missing'; @DomainEvent({ name: 'a' }) class A { list!: X[] }`,
      /event a, list\[\]: its type is not found/,
    ],
    [
      'the class of marked personal data',
      `class B { @PersonalData() x = ''; } class C { @Type(() => B) b!: B } @DomainEvent({ name: 'a' }) class A { @Type(() => B) known!: B[]; @PersonalData() whole!: B; list!: C[] }`,
      /event a, list: its class marks personal data.*add @Type/,
    ],
    [
      'a type without end',
      `interface T<V> { v: V; next?: T<V[]> } @DomainEvent({ name: 'a' }) class A { t!: T<string> }`,
      /contains itself without end/,
    ],
  ])('%s', (_, source, problem) => {
    project.write(
      'src/a.ts',
      `import { Aggregate, DomainEvent, defineUpcaster, PersonalData } from 'nestjs-dynamo-event-store';
       import { Expose, Type } from 'class-transformer';
       ${source}`,
    );
    const { problems } = project.read();
    expect(problems.map((each) => each.problem)).toEqual([expect.stringMatching(problem)]);
    expect(problems[0]!.at).toMatch(/^src\/a\.ts:3$/);
  });
});

describe('the project', () => {
  const project = new SchemaProject();
  afterAll(() => {
    project.remove();
  });

  it('is an error when it is not there, or not readable', () => {
    expect(() => readEventSchemas({ tsconfig: `${project.folder}/none.json` })).toThrow(/none\.json cannot be read/);
    expect(() => readEventSchemas({ tsconfig: project.tsconfig, files: ['gone.ts'] })).toThrow(
      /gone\.ts cannot be read/,
    );
    project.write('bad.json', '{ "compilerOptions": { "target": "es1" } }');
    expect(() => readEventSchemas({ tsconfig: `${project.folder}/bad.json` })).toThrow(/target/);
  });

  it('may be one that only refers to others', () => {
    project.write(
      'src/a.ts',
      `import { DomainEvent } from 'nestjs-dynamo-event-store';
      @DomainEvent({ name: 'a' }) export class A {}`,
    );
    project.write('all.json', '{ "files": [], "references": [{ "path": "./tsconfig.json" }] }');
    expect(Object.keys(readEventSchemas({ tsconfig: `${project.folder}/all.json` }).events)).toEqual(['a']);
  });

  it('is read even where the package is not installed', () => {
    project.write(
      'bare/src/a.ts',
      `import { DomainEvent as E } from 'nestjs-dynamo-event-store';
      @E({ name: 'bare' }) export class A { x = ''; }`,
    );
    project.write(
      'bare/tsconfig.json',
      '{ "compilerOptions": { "strict": true, "paths": { "*": ["./none/*"] }, "module": "esnext", "moduleResolution": "bundler", "typeRoots": [] } }',
    );
    const { events } = readEventSchemas({ tsconfig: `${project.folder}/bare/tsconfig.json` });
    expect(events['bare']?.shape.fields).toEqual({ x: { type: 'string' } });
  });
});
