import { recordUpcaster, upcasterOf, type UpcasterOptions } from '../metadata/metadata-storage.js';

/**
 * Turns the stored payload of one schema version into that of the next, or into other events: see `UpcasterOptions`. Gets
 * the plain payload (JSON; `Date`, `bigint`, `Map` and `Set` appear as such) before it becomes an instance of its class.
 * Must be pure: it runs on every read.
 */
export interface EventUpcaster<From = never, To = unknown> {
  upcast(payload: From, ...following: never[]): To;
}

/** One of the events that an upcaster with several targets returns. */
export interface UpcastEvent {
  /** Name of one of the targets. */
  readonly event: string;
  /** Needed only when two targets have this name. */
  readonly version?: number;
  readonly payload: unknown;
}

/** An upcaster with what it applies to; made by `defineUpcaster` or from a class with `@Upcaster`. */
export interface UpcasterDefinition extends UpcasterOptions {
  readonly upcast: (payload: unknown, ...following: readonly unknown[]) => unknown;
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
export function defineUpcaster<
  From = Record<string, unknown>,
  To = unknown,
  Following extends readonly unknown[] = readonly Record<string, unknown>[],
>(options: UpcasterOptions, upcast: (payload: From, ...following: Following) => To): UpcasterDefinition {
  return { ...options, upcast: upcast as unknown as UpcasterDefinition['upcast'] };
}

/** The definition of an `@Upcaster` instance, or `undefined` when its class has no such decorator. */
export function upcasterDefinitionOf(instance: object): UpcasterDefinition | undefined {
  const options = upcasterOf(instance.constructor);
  if (options === undefined) return undefined;
  const upcaster = instance as { upcast: UpcasterDefinition['upcast'] };
  return { ...options, upcast: (payload, ...following) => upcaster.upcast(payload, ...following) };
}
