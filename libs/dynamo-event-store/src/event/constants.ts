import type { AnyClass } from '../metadata/any-class.js';
import { classOf, collectionKindOf, isRecord, kindOf } from './value-kind.js';

/** Objects that a function of the user's has given more than once. */
const given = new WeakSet<object>();

/** Notes an object of which there is one in the process, such as a member of a smart enum. */
export function noteConstant(value: object): void {
  given.add(value);
}

/**
 * Tells the objects of which there is one in the process: members of smart enums, that is, and other values that their class
 * keeps in static fields. Code compares them by `===`, so another object with the same fields is not the same value.
 */
export class Constants {
  private readonly byClass = new Map<AnyClass, ReadonlySet<unknown>>();

  has(value: object): boolean {
    if (given.has(value)) return true;
    if (kindOf(value) !== 'instance') return false;
    const valueClass = classOf(value);
    return valueClass !== undefined && this.of(valueClass).has(value);
  }

  private of(valueClass: AnyClass): ReadonlySet<unknown> {
    let constants = this.byClass.get(valueClass);
    if (constants === undefined) this.byClass.set(valueClass, (constants = new Set(staticsOf(valueClass))));
    return constants;
  }
}

function* staticsOf(valueClass: AnyClass): Generator {
  for (
    let each = valueClass as object | null;
    each !== null && each !== Function.prototype;
    each = Object.getPrototypeOf(each) as object | null
  )
    for (const [name, value] of ownValuesOf(each)) {
      if (name === 'prototype') continue;
      yield value;
      if (typeof value !== 'object' || value === null) continue;
      if (collectionKindOf(value) !== undefined)
        yield* (value as ReadonlyMap<unknown, unknown> | readonly unknown[] | ReadonlySet<unknown>).values();
      else if (isRecord(value)) for (const [, item] of ownValuesOf(value)) yield item;
    }
}

/** Without calling getters. */
function ownValuesOf(holder: object): [name: string, value: unknown][] {
  const properties = Object.getOwnPropertyDescriptors(holder) as Record<string, PropertyDescriptor>;
  return Object.entries(properties).map(([name, { value }]) => [name, value]);
}
