import { recordUpcaster, upcasterOf, type UpcasterOptions } from '../metadata/metadata-storage.js';

/**
 * Turns the stored payload of one schema version into that of the next. Gets the plain payload (JSON; `Date`, `bigint`,
 * `Map` and `Set` appear as such) before it becomes an instance of its class. Must be pure: it runs on every read.
 */
export interface EventUpcaster<From = never, To = unknown> {
  upcast(payload: From): To;
}

/** An upcaster with what it applies to; made by `defineUpcaster` or from a class with `@Upcaster`. */
export interface UpcasterDefinition extends UpcasterOptions {
  readonly upcast: (payload: unknown) => unknown;
}

/**
 * Marks a provider as the upcaster of one schema version of one event. The class implements `EventUpcaster`; the module
 * finds it among the application's providers.
 */
export function Upcaster(
  options: UpcasterOptions,
): <T extends abstract new (...args: never[]) => EventUpcaster>(target: T) => void {
  return (target) => {
    recordUpcaster(target, options);
  };
}

/** An upcaster as a plain function, for the `upcasters` option. */
export function defineUpcaster<From = Record<string, unknown>, To = unknown>(
  options: UpcasterOptions,
  upcast: (payload: From) => To,
): UpcasterDefinition {
  return { ...options, upcast: upcast as (payload: unknown) => unknown };
}

/** The definition of an `@Upcaster` instance, or `undefined` when its class has no such decorator. */
export function upcasterDefinitionOf(instance: object): UpcasterDefinition | undefined {
  const options = upcasterOf(instance.constructor);
  if (options === undefined) return undefined;
  const upcaster = instance as EventUpcaster<unknown>;
  return { ...options, upcast: (payload) => upcaster.upcast(payload) };
}
