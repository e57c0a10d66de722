import { rulesOf } from '../event/class-rules.js';
import { stateFieldsOf, type AnyClass } from '../metadata/metadata-storage.js';

/**
 * Why no snapshot of an aggregate may come to be: decorators of class-transformer change what is stored of a field, so that a
 * state made of it would not be the state at hand. Empty when there is no reason.
 */
export function snapshotDoubtsOf(aggregateClass: AnyClass): string[] {
  const { lossy, excludesAll } = rulesOf(aggregateClass);
  const chosen = stateFieldsOf(aggregateClass);
  const prototype = aggregateClass.prototype as object;
  const fields = lossy.filter(
    ({ property }) => (chosen.length === 0 || chosen.includes(property)) && !(property in prototype),
  );
  const doubts = fields.map(
    ({ property, decorator }) => `${decorator} on its field ${property} changes what a snapshot holds.`,
  );
  return excludesAll ? ['@Exclude on the class leaves fields out of its snapshots.', ...doubts] : doubts;
}
