import type { AnyClass } from '../metadata/any-class.js';
import { classOf, collectionKindOf } from './value-kind.js';

/**
 * Private members as engines write them, `this.#total` and `#total in value`; the helpers by which TypeScript, SWC, esbuild
 * and Babel stand in for them on older engines, minified ones too; and state kept elsewhere under `this`, as in a `WeakMap`.
 * `Reflect` and lodash only reach fields that anybody can see.
 */
const PRIVATE_HELPER =
  /__classPrivate|_class_private_|__private(?:Get|Set|Add|Method|In)\b|_(?:classPrivate|assertClassBrand|checkInRHS)|\(\s*this\s*,[^()]{1,200},\s*["'][fma]["']\s*[,)]|(?<!\b(?:Reflect|_|lodash)\s*)\.\s*(?:get|set)\s*\(\s*this\s*[,)]/;
const PRIVATE_NAME = /\.\s*#([\p{ID_Start}_$][\p{ID_Continue}$]*)|#([\p{ID_Continue}$]+)\s+in\s/gu;
const STATIC_NAME =
  /(?<![\p{ID_Continue}$.])static\s+(?:(?:async|get|set|accessor)\s+|\*\s*)*#([\p{ID_Start}_$][\p{ID_Continue}$]*)/gu;
const ACCESSOR_FIELD = /(?:^|[{;}]|\*\/)\s*(?:static\s+)?accessor\s+[\p{ID_Start}_$#['"]/mu;
const NATIVE = /\{\s*\[native code\]\s*\}\s*$/;
/** In minified code a helper may have any name, or none; it still gets `this`. */
const MINIFIED_HELPER =
  /(?:(?:^|[^\p{ID_Continue}$.])[\p{ID_Start}_$][\p{ID_Continue}$]{0,2}|[)}])\(this,|=this[,;)}]/u;

const hiding = new WeakMap<object, boolean>();

/**
 * Whether instances of a class may hold state that no other code can see: in `#private` members, under `this` in a
 * `WeakMap`, or inside a class of the engine. Such an instance can be neither copied nor stored field by field. Looks at the
 * source of the class and its bases.
 * @param end A base class that is known, and not looked at.
 */
export function mayHideState(constructor: object, end: object = Object): boolean {
  return lineageOf(constructor, end).some(hidesOwn);
}

/** Why an object cannot be stored field by field; `undefined` when it can. */
export function hiddenStateOf(value: object, end?: object): string | undefined {
  const valueClass = classOf(value);
  if (valueClass !== undefined && mayHideState(valueClass, end))
    return 'its class has #private members, a WeakMap of its own, or a class of the engine as its base';
  // Under symbols others attach what is no part of it, such as the context of @nestjs/cqrs.
  return hiddenAmong(value, Object.getOwnPropertyNames(value));
}

function hiddenAmong(value: object, keys: readonly PropertyKey[]): string | undefined {
  const hidden = keys.find(
    (key) => key !== 'length' && !Object.prototype.propertyIsEnumerable.call(value, key) && holdsValue(value, key),
  );
  return hidden === undefined ? undefined : `its property ${String(hidden)} is not enumerable`;
}

const COLLECTIONS = { array: Array, map: Map, set: Set } as const;

/** Like `hiddenStateOf`, for what is inside an event or a state. The members of a collection of any class are not hidden. */
export function hiddenBesideMembers(value: object): string | undefined {
  const kind = collectionKindOf(value);
  const hidden = hiddenStateOf(value, kind === undefined ? undefined : COLLECTIONS[kind]);
  return hidden ?? hiddenAmong(value, Object.getOwnPropertySymbols(value));
}

function holdsValue(value: object, key: PropertyKey): boolean {
  const property = Object.getOwnPropertyDescriptor(value, key);
  return property !== undefined && 'value' in property && property.value !== undefined;
}

/** The class and its bases, without `end` and what lies above. */
export function lineageOf(constructor: object, end: object): object[] {
  const classes: object[] = [];
  for (
    let each = constructor as object | null;
    each !== null && each !== end && each !== Object;
    each = Object.getPrototypeOf(each) as object
  ) {
    if (each === Function.prototype) break;
    classes.push(each);
  }
  return classes;
}

function hidesOwn(constructor: object): boolean {
  let hides = hiding.get(constructor);
  if (hides === undefined) {
    const source = typeof constructor === 'function' ? Function.prototype.toString.call(constructor) : '';
    const isMinified = !source.includes('\n') && MINIFIED_HELPER.test(source);
    hides = hidesIn(source) || (isMinified && keepsStateElsewhere(constructor as AnyClass));
    hiding.set(constructor, hides);
  }
  return hides;
}

/** Whether an instance is put into a `WeakMap` or a `WeakSet` while it is made, which nothing but making one shows. */
function keepsStateElsewhere(constructor: AnyClass): boolean {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called on each map and set
  const [{ set }, { add }] = [WeakMap.prototype, WeakSet.prototype];
  const { prototype } = constructor as { readonly prototype: object };
  let found = false;
  const look = (key: unknown): void => {
    found ||= Object.prototype.isPrototypeOf.call(prototype, key as object);
  };
  WeakMap.prototype.set = function (this: WeakMap<WeakKey, unknown>, key: WeakKey, value: unknown) {
    look(key);
    return set.call(this, key, value);
  };
  WeakSet.prototype.add = function (this: WeakSet<WeakKey>, key: WeakKey) {
    look(key);
    return add.call(this, key);
  };
  try {
    Reflect.construct(constructor, []);
  } catch {
    // It cannot be made without its arguments; private members come before that is found out.
  } finally {
    WeakMap.prototype.set = set;
    WeakSet.prototype.add = add;
  }
  return found;
}

function hidesIn(source: string): boolean {
  if (NATIVE.test(source) || PRIVATE_HELPER.test(source) || ACCESSOR_FIELD.test(source)) return true;
  const used = Array.from(source.matchAll(PRIVATE_NAME), ([, member, asked]) => member ?? asked);
  if (used.length === 0) return false;
  const statics = new Set(Array.from(source.matchAll(STATIC_NAME), ([, name]) => name));
  return used.some((name) => !statics.has(name));
}
