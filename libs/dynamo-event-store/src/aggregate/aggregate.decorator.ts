import { recordAggregate, type AggregateOptions } from '../metadata/metadata-storage.js';
import type { AggregateRoot } from './aggregate-root.js';

/**
 * Marks a class that extends `AggregateRoot` and names its kind of aggregate. Checked by `forFeature`, or on first use,
 * where all faults of the class are reported at once as an `InvalidDefinitionError`.
 */
export function Aggregate(
  options: AggregateOptions,
): <T extends abstract new (...args: never[]) => AggregateRoot>(target: T) => void {
  return (target) => {
    recordAggregate(target, options);
  };
}
