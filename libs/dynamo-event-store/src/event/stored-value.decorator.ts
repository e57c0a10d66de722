import { recordStoredValue, type AnyClass } from '../metadata/metadata-storage.js';

/** What `@StoredValue` takes when two functions store the value. */
export interface StoredValueFunctions<T, S> {
  /** What is stored: JSON, in which `Date`, `bigint`, `Map`, `Set`, bytes and other stored values may stand. */
  readonly to: (value: T) => S;
  /** Makes the value again. Must take every form that `to` ever gave, since stored events never change. */
  readonly from: (stored: S) => T;
}

/**
 * Marks a class of values, such as an amount of money, so that its instances may stand anywhere in events and states, without
 * any decorator of class-transformer. Without functions its own fields are stored, and it is made again without calling its
 * constructor. A class with `#private` members needs the functions `to` and `from`. Counts for exactly this class, not for
 * subclasses. A process that reads such values must have imported the class. For a class of another package, call it:
 *
 * ```ts
 * StoredValue({ name: 'url', to: (url: URL) => url.href, from: (href: string) => new URL(href) })(URL);
 * ```
 *
 * @param options `name`: stable, unique name under which values of the class are stored, such as `money`. Never rename it.
 * @throws InvalidDefinitionError The name is empty, or only one of `to` and `from` is given.
 */
export function StoredValue<T extends object, S = never>(
  options: { readonly name: string } & (StoredValueFunctions<T, S> | { readonly to?: never; readonly from?: never }),
): (target: AnyClass & { readonly prototype: T }) => void {
  return (target) => {
    recordStoredValue(target, options);
  };
}
