import { AggregateRoot as CqrsAggregateRoot } from '@nestjs/cqrs';
import { lineageOf, mayHideState } from '../event/hidden-state.js';

/**
 * Why the state of an aggregate class cannot be taken from the outside; `undefined` when it can. Values in the state are
 * another matter; they are looked at when they are copied.
 */
export function hiddenStateFault(aggregateClass: object): string | undefined {
  // Our own base class keeps its version in a private member, and is asked for it.
  const base = lineageOf(aggregateClass, CqrsAggregateRoot).at(-1);
  return base !== undefined && base !== aggregateClass && mayHideState(aggregateClass, base)
    ? 'It has #private members, whose values neither a snapshot nor a copy can see; make them private in the sense of TypeScript.'
    : undefined;
}
