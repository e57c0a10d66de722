import { transformSync } from '@swc/core';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { AggregateRoot } from '../aggregate/aggregate-root.js';
import { hiddenStateFault } from '../aggregate/hidden-fields.js';
import { mayHideState } from './hidden-state.js';

/** A class from its source, so that no compiler changes what is written here. */
function classOf(source: string): object {
  return (0, eval)(`(${source})`) as object;
}

/** The class `Subject` of a module, as a compiler makes it for engines without private members. */
function downlevel(source: string, compiler: 'typescript' | 'swc'): object {
  const { outputText: code } =
    compiler === 'typescript'
      ? ts.transpileModule(source, { compilerOptions: { target: ts.ScriptTarget.ES2021 } })
      : {
          outputText: transformSync(source, {
            configFile: false,
            swcrc: false,
            jsc: { target: 'es2021', parser: { syntax: 'typescript' } },
            isModule: false,
          }).code,
        };
  expect(code).not.toMatch(/\.#/);
  return (0, eval)(`(() => { ${code}; return Subject; })()`) as object;
}

describe('a class hides state', () => {
  it.each<[string, string]>([
    ['in a private field', 'class { #a = 1; get() { return this.#a; } }'],
    ['in one that is only written', 'class { #a; set(value) { this.#a = value; } }'],
    ['in one of another instance', 'class { #a = 1; same(other) { return other?.#a === 1; } }'],
    ['in one of the result of a call', 'class { #a = 1; get() { return this.self().#a; } self() { return this; } }'],
    ['in one of the member of a list', 'class { #a = 1; get(list) { return list[0].#a; } }'],
    ['in a private method, without which it cannot work', 'class { #a() { return 1; } get() { return this.#a(); } }'],
    ['in a private accessor', 'class { get #a() { return 1; } get() { return this.#a; } }'],
    ['in a name that begins with $ or _', 'class { #$ = 1; #_ = 2; get() { return this.#$; } }'],
    ['in minified code', 'class{#t=0;a(t){this.#t+=t}}'],
    ['in a name with other letters than those of English', 'class { #é = 1; get() { return this.#é; } }'],
    ['where the line is broken before the name', 'class { #a = 1; get() {\n    return this\n      .#a;\n  }\n}'],
    ['where it is only asked for', 'class { #a = 1; static is(value) { return #a in value; } }'],
  ])('%s', (_, source) => {
    expect(mayHideState(classOf(source))).toBe(true);
  });

  describe.each(['typescript', 'swc'] as const)('as %s compiles it for older engines', (compiler) => {
    it.each<[string, string]>([
      ['in a private field', 'class Subject { #a = 1; get() { return this.#a; } }'],
      ['in one that is only written', 'class Subject { #a; set(value) { this.#a = value; this.#a += 1; } }'],
      ['in a private method', 'class Subject { #a() { return 1; } get() { return this.#a(); } }'],
      [
        'in a private accessor',
        'class Subject { get #a() { return 1; } set #a(v) {} get() { this.#a = 2; return this.#a; } }',
      ],
      ['where it is only asked for', 'class Subject { #a = 1; static is(value) { return #a in value; } }'],
      ['in its base', 'class Base { #a = 1; get() { return this.#a; } } class Subject extends Base {}'],
    ])('%s', (_, source) => {
      expect(mayHideState(downlevel(source, compiler))).toBe(true);
    });
  });

  it.each<[string, string]>([
    ['esbuild', 'class { constructor() { __privateAdd(this, _a, 1); } get() { return __privateGet(this, _a); } }'],
    [
      'Babel',
      'class { constructor() { _classPrivateFieldInitSpec(this, _a, 1); } get() { return _classPrivateFieldGet2(_a, this); } }',
    ],
  ])('as %s compiles it for older engines', (_, source) => {
    expect(mayHideState(classOf(source))).toBe(true);
  });

  it.each<[string, string]>([
    [
      'for a private field',
      '(()=>{var i=(t,e,r)=>e.set(t,r),a=new WeakMap;return class{constructor(t){i(this,a,t)}}})()',
    ],
    ['for a private method', '(()=>{var i=(t,e)=>e.add(t),a=new WeakSet;return class{constructor(){i(this,a)}}})()'],
    [
      'that is written out in the constructor, which then throws',
      '(()=>{var a=new WeakMap;return class{constructor(t){var e=this;a.set(e,t);t.valueOf()}}})()',
    ],
  ])('in minified code, whose helpers may have any name: %s', (_, source) => {
    expect(mayHideState(classOf(source))).toBe(true);
  });

  it.each([Map, Date, Promise, RegExp, Error, WeakMap, Uint8Array, URL])(
    'as a class of the engine does: %p',
    (each) => {
      expect(mayHideState(each)).toBe(true);
      expect(mayHideState(class extends (each as new () => object) {})).toBe(true);
    },
  );

  it('in a base, however far up', () => {
    class Base {
      readonly #a = 1;
      get a(): number {
        return this.#a;
      }
    }
    class Middle extends Base {}
    class Derived extends Middle {}
    expect([mayHideState(Base), mayHideState(Middle), mayHideState(Derived)]).toEqual([true, true, true]);
  });

  it('as far as anybody knows, where its source cannot be seen', () => {
    class Plain {
      readonly a = 1;
    }
    expect(mayHideState(Plain.bind(undefined))).toBe(true);
  });
});

describe('a class hides nothing', () => {
  it.each<[string, string]>([
    ['with fields that anybody can see', 'class { a = 1; _b = 2; $c = 3; get() { return this.a; } }'],
    ['with private fields in the sense of TypeScript', 'class { constructor(total) { this.total = total; } }'],
    ['in minified code that hands itself on', '(()=>{var f=(t,e)=>t;return class{constructor(t){f(this,t)}}})()'],
    ['that is empty', 'class {}'],
    ['that is a function', 'function () { this.a = 1; }'],
    ['with a number sign in a string', "class { text() { return '#42 and \\'#a\\''; } }"],
    ['with a number sign in a template', 'class { text(n) { return `#${n} of #all`; } }'],
    ['with a number sign in a comment', 'class { /* issue #12 */ a = 1; // see #a\n }'],
    [
      'with a number sign in a regular expression',
      'class { color(text) { return /^#[\\da-f]{6}$|[.]#x/i.test(text); } }',
    ],
    ['with a fragment of an address', "class { link() { return 'https://example.org/page#a'; } }"],
    ['with a number sign after a sentence', "class { text() { return 'Paid. #1 of 2... #2'; } }"],
    [
      'that reaches its fields by Reflect',
      'class { get(key) { return Reflect.get(this, key); } set(key, v) { Reflect.set(this, key, v); } }',
    ],
    ['that reaches its fields by lodash', 'class { get(path) { return _.get(this, path); } }'],
    ['with text that speaks of native code', 'class { text() { return "{ [native code] }"; } }'],
  ])('%s', (_, source) => {
    expect(mayHideState(classOf(source))).toBe(false);
  });

  it('in bases that do not either', () => {
    class Base {
      a = 1;
    }
    class Derived extends Base {
      b = 2;
    }
    expect(mayHideState(Derived)).toBe(false);
    expect(mayHideState(Object)).toBe(false);
  });
});

it('text that reads like an access to a private member counts as one: this errs where nothing is lost', () => {
  expect(mayHideState(classOf("class { text() { return 'this.#a'; } }"))).toBe(true);
  expect(mayHideState(classOf('class { a = 1; // was this.#a\n }'))).toBe(true);
});

describe('an aggregate class', () => {
  class Open extends AggregateRoot {
    total = 0;
  }
  class Hiding extends AggregateRoot {
    #total = 0;
    get total(): number {
      return this.#total;
    }
    set total(value: number) {
      this.#total = value;
    }
  }
  class Derived extends Hiding {}
  class Unrelated extends Open {}

  it('has no fault for the private members of the bases that the library brings', () => {
    expect([hiddenStateFault(Open), hiddenStateFault(Unrelated)]).toEqual([undefined, undefined]);
  });

  it('has a fault for its own, and for those of bases of its own', () => {
    for (const each of [Hiding, Derived]) expect(hiddenStateFault(each)).toMatch(/#private members.*TypeScript/);
  });
});
