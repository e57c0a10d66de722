import { transformSync } from '@swc/core';
import { describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import { DomainEvent, type EventClass } from 'nestjs-dynamo-event-store';
import ts from 'typescript';
import { compiledPrivates, PRIVATE_SOURCE } from '../support/compiled-privates.js';
import { inAllWays, keeperOf, meaningsOf, refusalOf, type Reduce } from '../support/one-meaning.js';

type ValueClass = new (value: number) => { readonly value: number };

class Private {
  readonly #value: number;
  readonly shown = 'EUR';
  constructor(value = 0) {
    this.#value = value;
  }
  get value(): number {
    return this.#value;
  }
}
class Derived extends Private {}
class OnlyPrivate {
  readonly #value: number;
  constructor(value = 0) {
    this.#value = value;
  }
  get value(): number {
    return this.#value;
  }
}
class NotEnumerable {
  declare readonly value: number;
  readonly shown = 'EUR';
  constructor(value = 0) {
    Object.defineProperty(this, 'value', { value, enumerable: false, writable: true, configurable: true });
  }
}
const HIDDEN = Symbol('value');
class UnderSymbol {
  readonly shown = 'EUR';
  constructor(value = 0) {
    Object.defineProperty(this, HIDDEN, { value, enumerable: false });
  }
  get value(): number {
    return (this as unknown as Record<symbol, number>)[HIDDEN] ?? 0;
  }
}
const values = new WeakMap<object, number>();
class InWeakMap {
  readonly shown = 'EUR';
  constructor(value = 0) {
    values.set(this, value);
  }
  get value(): number {
    return values.get(this) ?? 0;
  }
}

/** The class of a source text, as no compiler of this test run changes it. */
function evaluate(code: string): ValueClass {
  return (0, eval)(
    `(() => { ${code.replace(/export\s*\{[^}]*\};?|export\s+/g, '')}; return Subject; })()`,
  ) as ValueClass;
}

const ACCESSOR = 'class Subject { accessor value = 0; shown = "EUR"; constructor(value = 0) { this.value = value; } }';
const typescript = (source: string, target: ts.ScriptTarget): string =>
  ts.transpileModule(source, { compilerOptions: { target, module: ts.ModuleKind.ESNext } }).outputText;
const swc = (source: string, minify: boolean): string =>
  transformSync(`export ${source}`, {
    configFile: false,
    swcrc: false,
    minify,
    jsc: {
      target: 'es2021',
      parser: { syntax: 'ecmascript' },
      ...(minify ? { minify: { compress: true, mangle: { toplevel: true, reserved: ['Subject'] } } } : {}),
    },
  }).code;

const classes: readonly [string, ValueClass][] = [
  ['#private fields beside a public one', Private],
  ['#private fields of its base', Derived],
  ['nothing but #private fields', OnlyPrivate],
  ['a field that is not enumerable', NotEnumerable],
  ['a field under a symbol that is not enumerable', UnderSymbol],
  ['a WeakMap of its own', InWeakMap],
  ['an accessor field, compiled for ES2022', evaluate(typescript(ACCESSOR, ts.ScriptTarget.ES2022))],
  ['an accessor field, compiled for ES2021', evaluate(typescript(ACCESSOR, ts.ScriptTarget.ES2021))],
  ['#private fields that TypeScript compiled for ES2021', evaluate(typescript(PRIVATE_SOURCE, ts.ScriptTarget.ES2021))],
  ['#private fields that TypeScript compiled for ES2015', evaluate(typescript(PRIVATE_SOURCE, ts.ScriptTarget.ES2015))],
  ['#private fields that SWC compiled for ES2021', evaluate(swc(PRIVATE_SOURCE, false))],
  ['#private fields that SWC compiled and minified', evaluate(swc(PRIVATE_SOURCE, true))],
  ...Object.entries(compiledPrivates).map(([how, code]): [string, ValueClass] => [
    `#private fields that ${how}`,
    evaluate(code),
  ]),
];

class Holder {
  constructor(readonly held: unknown) {}
}
DomainEvent({ name: 'holder' })(Holder);

function typedHolder(type: ValueClass): EventClass {
  class Typed extends Holder {}
  Type(() => type)(Typed.prototype, 'held');
  DomainEvent({ name: 'typed-holder' })(Typed);
  return Typed;
}

describe('state that nobody can see is refused with its path', () => {
  it.each(classes)('in a value under @Type: %s', async (_, type) => {
    const value = new type(7);
    expect(value.value).toBe(7);
    const event = new (typedHolder(type) as new (held: unknown) => object)(value);
    expect(await refusalOf(event)).toMatchObject({ path: 'held', message: expect.stringContaining('@StoredValue') });
    expect(() => new (keeperOf([typedHolder(type)], () => undefined))('k').record(event)).toThrow();
  });

  it.each(classes)('in a value without @Type: %s', async (_, type) => {
    expect(await refusalOf(new Holder({ inside: [new type(7)] }))).toMatchObject({ path: 'held.inside[0]' });
  });

  // What is under a symbol of an event itself has been attached by others.
  it.each(classes.filter(([, type]) => type !== UnderSymbol))('in the event itself: %s', async (_, type) => {
    class Event extends type {
      readonly own = 1;
    }
    DomainEvent({ name: 'event' })(Event);
    expect(await refusalOf(new Event(7))).toMatchObject({
      path: '',
      message: expect.stringContaining('would be lost'),
    });
    expect(() => new (keeperOf([Event], () => undefined))('k').record(new Event(7))).toThrow(/would be lost/);
  });
});

describe('a state that holds such a value is the same with snapshots as without', () => {
  class Deposited {
    constructor(readonly amount: number) {}
  }
  DomainEvent({ name: 'deposited' })(Deposited);

  it.each(classes)('%s', async (_, type) => {
    const warnings: string[] = [];
    const reduce: Reduce = (keeper, { amount }: Deposited) => {
      const balance = keeper.value as { readonly value: number } | undefined;
      keeper.value = new type((balance?.value ?? 0) + amount);
    };
    const balance = (value: unknown): number => (value as { readonly value: number }).value;
    const events = [new Deposited(100), new Deposited(100), new Deposited(100)];
    expect(await meaningsOf(events, reduce, balance, { warnings })).toEqual(inAllWays(300));
    expect(warnings.join('\n')).toMatch(/No snapshot of thing\/k-\d+ was taken: .*at value/);
  });
});

describe('minified code that keeps nothing elsewhere is not refused', () => {
  it.each<[string, string]>([
    [
      'that hands itself to a function',
      'function ok(t,e){return t}class Subject{constructor(t){this.value=t;ok(this,1)}}',
    ],
    ['that keeps itself in a variable', 'class Subject{constructor(t){var e=this;e.value=t}}'],
    ['whose constructor cannot run without arguments', 'class Subject{constructor(t){var e=this;e.value=t.valueOf()}}'],
  ])('%s', async (_, code) => {
    const type = evaluate(code);
    const event = new (typedHolder(type) as new (held: unknown) => Holder)(new type(7));
    await expect(refusalOf(event)).rejects.toThrow('The event was taken.');
  });
});
