import { Expose } from 'class-transformer';
import { defaultMetadataStorage } from 'class-transformer/cjs/storage.js';
import type { EventClass } from './event-serializer.js';

const DECORATED: readonly unknown[] = [
  defaultMetadataStorage._typeMetadatas,
  defaultMetadataStorage._transformMetadatas,
  defaultMetadataStorage._exposeMetadatas,
  defaultMetadataStorage._excludeMetadatas,
];

class Canary {
  readonly field = true;
}
Expose()(Canary.prototype, 'field');

/** A bundler may make two copies of class-transformer; the decorators of one would not show in the storage of the other. */
const SEES_DECORATORS =
  DECORATED.every((each) => each instanceof Map) && defaultMetadataStorage._exposeMetadatas?.has(Canary) === true;

/**
 * Whether class-transformer has decorators for a class or one that it derives from. `true` when that cannot be known.
 * Asked each time, since decorators may also be put on later.
 */
export function isTransformed(eventClass: EventClass): boolean {
  if (!SEES_DECORATORS) return true;
  for (
    let each: unknown = eventClass;
    typeof each === 'function' && each !== Function.prototype;
    each = Object.getPrototypeOf(each)
  )
    for (const decorated of DECORATED as readonly ReadonlyMap<unknown, unknown>[]) if (decorated.has(each)) return true;
  return false;
}
