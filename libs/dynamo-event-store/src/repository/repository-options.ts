import type { AsyncContext } from '@nestjs/cqrs';
import type { EventMetadata } from '../event/event-metadata.js';

export interface LoadOptions {
  /** Fail with `ConcurrencyError` unless the aggregate is at this version: a whole number from 1. */
  readonly expectedVersion?: number | undefined;
  /** State as it was at this time, inclusive. */
  readonly asOf?: Date | undefined;
}

export interface SaveOptions {
  /** Added to what the `metadata` hook of the module gives; wins where both set a value. */
  readonly metadata?: EventMetadata | undefined;
  /**
   * Makes the command repeatable: with the same key on the same aggregate the events are stored once, however often and
   * however much later it is repeated, and the version of the first time is returned. 1 character or more.
   */
  readonly idempotencyKey?: string | undefined;
  /** Handed to the `EventBus` with the events, for request-scoped event handlers. */
  readonly asyncContext?: AsyncContext | undefined;
}

export interface UpdateOptions extends SaveOptions, Pick<LoadOptions, 'expectedVersion'> {
  /**
   * How often to decide before a conflict is reported: a whole number from 1. Default 10. With `expectedVersion` a
   * conflict is reported as soon as the aggregate is seen to be elsewhere.
   */
  readonly attempts?: number | undefined;
}
