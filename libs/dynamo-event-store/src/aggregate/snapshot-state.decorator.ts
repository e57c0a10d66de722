import { recordStateField } from '../metadata/metadata-storage.js';
import type { AggregateRoot } from './aggregate-root.js';

/**
 * Marks a field of an aggregate as part of its snapshots. As soon as one field is marked, only marked ones are stored, and
 * the others are what the constructor makes them. Without any mark, all own fields are stored.
 *
 * Values go through the serializer of the events: `@Type`, `@Transform` and `@Exclude` of class-transformer are honoured.
 */
export function SnapshotState(): (target: AggregateRoot, field: string, method?: undefined) => void {
  return (target, field) => {
    recordStateField(target.constructor, field);
  };
}
