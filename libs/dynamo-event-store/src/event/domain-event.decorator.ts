import { recordDomainEvent, type DomainEventOptions } from '../metadata/metadata-storage.js';

/**
 * Marks a class as an event and names it.
 *
 * Checked when the class is registered (`forFeature`, or the `events` option), where all faults are reported at once as
 * an `InvalidDefinitionError`.
 */
export function DomainEvent(options: DomainEventOptions): ClassDecorator {
  return (target) => {
    recordDomainEvent(target, options);
  };
}
