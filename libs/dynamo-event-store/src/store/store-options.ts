import type { EventClass, EventSerializer } from '../event/event-serializer.js';
import type { ValidationOptions } from '../event/event-validation.js';
import type { UnknownEventPolicy } from '../event/unknown-event.js';
import type { UpcasterDefinition } from '../event/upcaster.js';
import type { Backoff } from './backoff.js';
import type { Clock } from './clock.js';
import type { PersonalDataSettings } from './key-provider.js';
import type { TenancyOptions } from './tenancy-options.js';
import type { WarningListener } from './warnings.js';

/** Options that every store on a commit log has. */
export interface CommitLogStoreOptions {
  /** Event classes to know from the start; `register` adds more. Default: none, which suffices for events without classes. */
  readonly events?: readonly EventClass[];
  readonly upcasters?: readonly UpcasterDefinition[];
  /** Default: class-transformer, see `ClassTransformerSerializer`. */
  readonly serializer?: EventSerializer;
  /** Keys for the fields that are marked with `@PersonalData`. Default: events that have such fields are refused. */
  readonly personalData?: PersonalDataSettings;
  /** How events are checked beside the `schema` of their classes. */
  readonly validation?: ValidationOptions;
  /** What reads do about stored events whose type is not registered. Default `fail`. */
  readonly unknownEvents?: UnknownEventPolicy;
  /** Told of what was worked around, such as events that were skipped. Default: `process.emitWarning`. */
  readonly onWarning?: WarningListener;
  /** Whether reads are strongly consistent. Default true. Reads that a decision rests on should be. */
  readonly consistentReads?: boolean;
  /**
   * Whether every stream has a tenant: an operation without one is a `TenantRequiredError`, a write to several tenants, or
   * with another `metadata.tenantId`, a `TenantMismatchError`. Streams are given with their tenants; repositories, read models,
   * timers and `dataSubjects` of the store ask `tenancy.tenant` besides. Default false: a tenant is part of the key where one
   * is given.
   */
  readonly tenancy?: boolean | TenancyOptions;
  /** Time for `recordedAt`, and to tell what has expired. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** How to wait between attempts; for simulations in virtual time. Default: growing random pauses up to 500 ms. */
  readonly backoff?: Backoff;
}
