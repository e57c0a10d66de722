/**
 * Stands for a stored event whose type is not registered, where `unknownEvents: 'raw'` is set. An aggregate that is to be
 * loaded all the same has an `@EventHandler(UnknownEvent)`. It cannot be appended.
 */
export class UnknownEvent {
  constructor(
    /** Name under which it is stored. */
    readonly type: string,
    readonly schemaVersion: number,
    /** What is stored: JSON, in which `Date`, `bigint`, `Map` and `Set` appear as such; or a serializer's bytes. */
    readonly payload: unknown,
  ) {}
}

/**
 * What a read does about a stored event whose type is not registered: `fail` with an `UnknownEventError`, `skip` it with a
 * warning, or give it `raw` as an `UnknownEvent`. A newer version of a registered event always fails.
 */
export type UnknownEventPolicy = 'fail' | 'skip' | 'raw';
