import { EventStoreError } from './event-store-error.js';

/** Tenancy is on, but nothing says whose stream, list, view or timer is meant. Nothing was read or written. */
export class TenantRequiredError extends EventStoreError {
  static readonly code = 'TENANT_REQUIRED';
  constructor(
    /** What was to be done, such as `append` or `load`. */
    readonly operation: string,
    /** What it was about: a stream such as `order/o-1`, or the name of an aggregate, view or timer. */
    readonly target: string,
  ) {
    super(
      `${operation} of ${target}: tenancy is on, so it needs a tenant. In a request let the option tenancy.tenant or the ` +
        'metadata hook say it; elsewhere give the option tenant, use repository.forTenant, or let tenancy.run say it to reactors and timers.',
      { name: 'TenantRequiredError', code: TenantRequiredError.code, retryable: false },
    );
  }
}

/** One of the places that say whose a call is. */
export interface TenantSource {
  /** Such as `option tenant`, `metadata.tenantId`, or the aggregate that is to be saved. */
  readonly source: string;
  /** `undefined`: no tenant. */
  readonly tenant: string | undefined;
}

/** Two places say different tenants for one call. Nothing was read or written. */
export class TenantMismatchError extends EventStoreError {
  static readonly code = 'TENANT_MISMATCH';
  constructor(
    /** What was to be done, such as `append` or `save`. */
    readonly operation: string,
    /** What it was about: a stream such as `order/o-1`, or the name of an aggregate. */
    readonly target: string,
    /** At least two that differ. */
    readonly sources: readonly TenantSource[],
  ) {
    super(
      `${operation} of ${target}: ${sources.map(describeSource).join(', ')}. One call concerns one tenant; ` +
        'nothing was read or written.',
      { name: 'TenantMismatchError', code: TenantMismatchError.code, retryable: false },
    );
  }
}

function describeSource({ source, tenant }: TenantSource): string {
  return `${source} says ${tenant === undefined ? 'none' : `"${tenant}"`}`;
}
