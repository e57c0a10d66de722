import { recordStateField } from '../metadata/metadata-storage.js';
import type { AggregateRoot } from './aggregate-root.js';

/**
 * Marks a field of an aggregate as part of its snapshots. As soon as one field is marked, only marked ones are stored, and
 * the others are what the constructor makes them. Without any mark, all own fields are stored.
 *
 * Values go through the serializer of the events, and must come back exactly: a snapshot is stored only if a state made of it is
 * the same. Otherwise it is a warning with the path, and loads fold all events. So value objects need `@StoredValue` (or `@Type`), and
 * decorators of class-transformer that leave out or change a value keep snapshots from being taken.
 */
export function SnapshotState(): (target: AggregateRoot, field: string, method?: undefined) => void {
  return (target, field) => {
    recordStateField(target.constructor, field);
  };
}
