import type { EventMetadata } from '../event/event-metadata.js';
import { jitteredBackoff, type Backoff } from '../store/backoff.js';
import { toDateClock, type Clock } from '../store/clock.js';
import { emitWarning, type WarningListener } from '../store/warnings.js';
import { CommitLogEventStore } from '../store/commit-log-event-store.js';
import type { EventStore } from '../store/event-store.js';
import { AggregateCache, type CacheOptions } from './aggregate-cache.js';
import { AggregateLoader } from './aggregate-loader.js';
import { AggregateSaver } from './aggregate-saver.js';
import { CallTenants } from './call-tenant.js';
import type { EventPublication } from './event-publication.js';
import { KnownAggregates } from './known-aggregates.js';
import type { TenancyOptions } from '../store/tenancy-options.js';
import { SnapshotWriter } from './snapshot-writer.js';

export interface AggregateRepositoryOptions {
  /** Called on each save for metadata that every commit carries. */
  readonly metadata?: () => EventMetadata;
  readonly publication?: EventPublication;
  /** Keeps the states of recently used aggregates in memory. Default: none is kept. */
  readonly cache?: boolean | CacheOptions;
  /**
   * Whether every call needs a tenant, and where from. With tenancy the `metadata` hook is asked on each call, for its
   * `tenantId`. Default: what the store says.
   */
  readonly tenancy?: boolean | TenancyOptions;
  /** Told of what was worked around, such as a snapshot that could not be taken. Default: `process.emitWarning`. */
  readonly onWarning?: WarningListener;
  /** Time for retention. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** How to wait before a command is decided again; for simulations. Default: growing random pauses up to 500 ms. */
  readonly backoff?: Backoff;
}

/** What a repository works with; those of its tenants share all of it but the tenant. */
export interface RepositoryParts {
  readonly store: EventStore;
  readonly known: KnownAggregates;
  readonly cache: AggregateCache | undefined;
  readonly loader: AggregateLoader;
  readonly snapshots: SnapshotWriter;
  readonly saver: AggregateSaver;
  readonly tenants: CallTenants;
  readonly backoff: Backoff;
  readonly warn: WarningListener;
  readonly clock: () => Date;
}

export function repositoryParts(store: EventStore, options: AggregateRepositoryOptions): RepositoryParts {
  const { metadata, publication, backoff = jitteredBackoff } = options;
  const clock = toDateClock(options.clock);
  const { cache: caching = false, tenancy = tenancyOf(store), onWarning: warn = emitWarning } = options;
  const cache = caching === false ? undefined : new AggregateCache(caching === true ? {} : caching);
  const loader = new AggregateLoader(store, cache, warn);
  const snapshots = new SnapshotWriter(store, warn, clock);
  const keepsStates = cache !== undefined;
  const saver = new AggregateSaver({ store, loader, snapshots, keepsStates, clock, warn, metadata, publication });
  const tenants = new CallTenants({
    isRequired: tenancy !== false,
    tenancy: typeof tenancy === 'boolean' ? {} : tenancy,
    metadata,
    bound: undefined,
  });
  const known = new KnownAggregates(store, warn);
  return { store, known, cache, loader, snapshots, saver, tenants, backoff, warn, clock };
}

function tenancyOf(store: EventStore): boolean | TenancyOptions {
  return store.requiresTenant && store instanceof CommitLogEventStore ? store.tenants.options : store.requiresTenant;
}
