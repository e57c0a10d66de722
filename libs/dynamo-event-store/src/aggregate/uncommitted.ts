import { CHANGED, type AggregateRoot } from './aggregate-root.js';

/** Whether there is anything to save. */
export function hasChanges(aggregate: AggregateRoot): boolean {
  return aggregate[CHANGED];
}
