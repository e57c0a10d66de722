import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import type { RecordedEvent } from '../event/recorded-event.js';
import { recordSubscription, recordSubscriptionMethod, type AnyClass } from '../metadata/metadata-storage.js';
import type { ProjectionOptions, ReactorOptions, SubscriptionMethod } from '../metadata/subscription-options.js';
import type { DueTimer } from './timers.js';

type Constructor = abstract new (...args: never[]) => object;

/** A method that takes an event: the event, its envelope, and what the progress fence or the reactor gives. */
export type EventMethod<E> = (event: E, envelope: RecordedEvent<E>, context: never) => void | Promise<void>;

type MethodDecoratorFor<Base> = <M extends Base>(
  target: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
) => void;

/**
 * Marks a provider as a projection: a read model made of events, which can be built again from the beginning. It sees
 * every event of a stream in the order of versions, at least once; what it writes through views or a transactional fence
 * counts exactly once. Its methods must do nothing else: they run again whenever a batch is tried again.
 */
export function Projection(options: ProjectionOptions): (target: Constructor) => void {
  return (target) => {
    recordSubscription(target, { kind: 'projection', options });
  };
}

/**
 * Marks a provider as a reactor: it causes effects, such as commands or messages. It sees every event of a stream in the
 * order of versions, at least once, from its first start on; never during a rebuild. Effects that must happen once need
 * an id made of the event's, such as `idempotencyKey: envelope.eventId`.
 */
export function Reactor(options: ReactorOptions): (target: Constructor) => void {
  return (target) => {
    recordSubscription(target, { kind: 'reactor', options });
  };
}

/** The method takes events of this class. Does not compile on a method for another event, or on a property. */
export function On<E extends object>(event: abstract new (...args: never[]) => E): MethodDecoratorFor<EventMethod<E>> {
  return (target, method) => {
    record(target, method, { event });
  };
}

/** The method takes every event that no `@On` of the class takes. */
export function OnAny(): MethodDecoratorFor<EventMethod<object>> {
  return (target, method) => {
    record(target, method, { any: true });
  };
}

/** The method is called when a timer of this name, set by `Timers.schedule`, is due; at least once. Reactors only. */
export function OnTimer(name: string): MethodDecoratorFor<(timer: DueTimer) => void | Promise<void>> {
  return (target, method) => {
    record(target, method, { timer: name });
  };
}

function record(target: object, method: string | symbol | undefined, trigger: SubscriptionMethod['trigger']): void {
  const isStatic = typeof target === 'function';
  const owner = (isStatic ? target : target.constructor) as AnyClass;
  if (method === undefined)
    throw new InvalidDefinitionError(owner.name, [
      '@On, @OnAny and @OnTimer go on methods of a projection or reactor.',
    ]);
  recordSubscriptionMethod(owner, { method, isStatic, trigger });
}
