import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import { recordReducer, type AnyClass } from '../metadata/metadata-storage.js';

/** A method that brings one event into the state. Synchronous, since it also runs on every replay. */
// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- `void` alone would let asynchronous methods through
export type Reducer<E> = (event: E) => void | undefined;

/**
 * Registers a method of an aggregate as the reducer of one event class. The method may be protected (or private, unless
 * TypeScript's `noUnusedLocals` is on, which does not see that it is called), may take no argument, and is inherited; a subclass overrides it by redefining the method or by a reducer of its own for the
 * event. Not to be confused with `@EventsHandler` of @nestjs/cqrs, which reacts to events outside the aggregate.
 *
 * Does not compile on a method that takes another event, is asynchronous, or on a class or property.
 */
export function EventHandler<E extends object>(
  event: abstract new (...args: never[]) => E,
): <M extends Reducer<E>>(target: object, method: string | symbol, descriptor: TypedPropertyDescriptor<M>) => void {
  return (target: object, method?: string | symbol) => {
    if (method === undefined) {
      throw new InvalidDefinitionError(className(target), [
        '@EventHandler goes on a method of an aggregate. To react to events in a class of its own, use @EventsHandler from @nestjs/cqrs.',
      ]);
    }
    const isStatic = typeof target === 'function';
    const owner = (isStatic ? target : target.constructor) as AnyClass;
    recordReducer(owner, { event: event, method, isStatic });
  };
}

function className(target: object): string {
  return typeof target === 'function' ? target.name : target.constructor.name;
}
