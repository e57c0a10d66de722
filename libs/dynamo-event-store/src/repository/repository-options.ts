import type { AggregateRoot } from '../aggregate/aggregate-root.js';
import type { CommandIdentity, ListQuery, ReadRange } from '../store/event-store.js';
import type { EventMetadata } from '../event/event-metadata.js';
import type { TenantCall } from '../store/tenancy-options.js';

/** Whose a call is. */
export interface TenantOptions extends TenantCall {
  /**
   * Tenant of the aggregates. Default: what `tenancy.tenant` and the `metadata` hook say, if tenancy is on; else none.
   * All that say one must say the same.
   */
  readonly tenant?: string | undefined;
  /**
   * Of the command: request-scoped handlers get it as `REQUEST`. `tenancy.tenant` is given it; a save also hands it to
   * the `EventBus` with the events, for request-scoped event handlers.
   */
  readonly asyncContext?: TenantCall['asyncContext'];
}

export interface LoadOptions extends TenantOptions {
  /** Fail with `ConcurrencyError` unless the aggregate is at this version: a whole number from 1. */
  readonly expectedVersion?: number | undefined;
  /** State as it was at this time, inclusive. */
  readonly asOf?: Date | undefined;
}

export interface SaveOptions extends CommandIdentity, TenantOptions {
  /** Added to what the `metadata` hook of the module gives; wins where both set a value. */
  readonly metadata?: EventMetadata | undefined;
}

/** Which stored events to give, and whose. */
export interface HistoryOptions extends ReadRange, TenantOptions {}

/** Which aggregates to list, and whose. */
export interface AggregateQuery extends ListQuery, Pick<TenantOptions, 'asyncContext'> {}

/** Which command, and whose. */
export interface StoredCommandOptions extends CommandIdentity, TenantOptions {
  readonly idempotencyKey: string;
}

export interface SaveAllOptions extends SaveOptions {
  /** Aggregates that must still be as they were loaded for the rest to be saved. Nothing is written to them. */
  readonly unchanged?: readonly AggregateRoot[] | undefined;
}

export interface CloseAggregateOptions extends Pick<SaveOptions, 'metadata'>, TenantOptions {
  /** Fail with `ConcurrencyError` unless the aggregate is at this version: a whole number from 1. */
  readonly expectedVersion?: number | undefined;
}

export interface RebuildOptions extends TenantOptions {
  /** Aggregates that are read side by side: a whole number from 1. Default 4. */
  readonly concurrency?: number | undefined;
  /** Called after each aggregate. */
  readonly onProgress?: (progress: RebuildResult) => void;
  /** Stops between two aggregates. */
  readonly signal?: AbortSignal;
}

/** What a rebuild of snapshots has done so far. */
export interface RebuildResult {
  readonly written: number;
  /** Not written: the aggregate is closed or gone, or a newer snapshot is there. */
  readonly skipped: number;
  /** Not written because of an error, which was reported as a warning. */
  readonly failed: number;
}

export interface UpdateOptions extends SaveOptions, Pick<LoadOptions, 'expectedVersion'> {
  /**
   * How often to decide before a conflict is reported: a whole number from 1. Default 10. With `expectedVersion` a
   * conflict is reported as soon as the aggregate is seen to be elsewhere.
   */
  readonly attempts?: number | undefined;
}
