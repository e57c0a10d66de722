import { RESERVATIONS, type AggregateRoot } from './aggregate-root.js';

/** Whether there is anything to save. */
export function hasChanges(aggregate: AggregateRoot): boolean {
  return aggregate.getUncommittedEvents().length > 0 || aggregate[RESERVATIONS].length > 0;
}
