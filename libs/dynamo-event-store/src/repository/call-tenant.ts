import type { AggregateRoot } from '../aggregate/aggregate-root.js';
import { TenantMismatchError, TenantRequiredError, type TenantSource } from '../errors/tenant-errors.js';
import type { EventMetadata } from '../event/event-metadata.js';
import { describeStream } from '../event/stream-id.js';
import { checkName } from '../store/arguments.js';
import type { TenancyOptions } from '../store/tenancy-options.js';
import type { TenantOptions } from './repository-options.js';
import { trackingOf } from './tracked-aggregate.js';

/** A call of the repository. */
export interface TenantedCall {
  /** The verb. */
  readonly operation: string;
  /** What it is about, as errors name it. */
  readonly target: string;
  readonly options: TenantOptions & { readonly metadata?: EventMetadata | undefined };
  /** What is to be written; those that were loaded, or saved before, belong to a tenant already. */
  readonly aggregates?: readonly AggregateRoot[];
}

/** What the tenant of a call may come from besides the call. */
export interface TenantSettings {
  /** Whether a call without a tenant is an error. */
  readonly isRequired: boolean;
  readonly tenancy: TenancyOptions;
  readonly metadata: (() => EventMetadata) | undefined;
  /** Tenant of a bound repository. */
  readonly bound: string | undefined;
}

/** Finds out whose a call is: every place that says a tenant must say the same one. */
export class CallTenants {
  constructor(private readonly settings: TenantSettings) {}

  boundTo(tenant: string): CallTenants {
    return new CallTenants({ ...this.settings, bound: tenant });
  }

  /**
   * @throws TenantMismatchError Two places say different tenants.
   * @throws TenantRequiredError None says one, although tenancy is on.
   */
  of({ operation, target, options, aggregates = [] }: TenantedCall): string | undefined {
    const { isRequired } = this.settings;
    // Without tenancy metadata is a note like any other, unless a tenant is named besides.
    if (!isRequired && !this.isNamed(options, aggregates)) return undefined;
    const said = this.sourcesOf(options).filter(({ tenant }) => tenant !== undefined);
    const sources = [...said, ...aggregates.flatMap(ownerOf)];
    const tenant = sources[0]?.tenant;
    if (sources.some((source) => source.tenant !== tenant)) {
      const differing = sources.filter((source, index) => index === 0 || source.tenant !== tenant);
      throw new TenantMismatchError(operation, target, differing);
    }
    if (tenant !== undefined) checkName('tenant', tenant);
    else if (isRequired) throw new TenantRequiredError(operation, target);
    return tenant;
  }

  /** Whether anything but metadata names a tenant. */
  private isNamed({ tenant }: TenantOptions, aggregates: readonly AggregateRoot[]): boolean {
    if (this.settings.bound !== undefined || tenant !== undefined) return true;
    return aggregates.some((each) => trackingOf(each).stream?.tenant !== undefined);
  }

  private sourcesOf({ tenant, asyncContext, metadata }: TenantedCall['options']): TenantSource[] {
    const { isRequired, tenancy, bound, metadata: hook } = this.settings;
    return [
      { source: 'forTenant', tenant: bound },
      { source: 'option tenant', tenant },
      { source: 'tenancy.tenant', tenant: isRequired ? tenancy.tenant?.({ asyncContext }) : undefined },
      { source: 'metadata hook', tenant: hook?.().tenantId },
      { source: 'metadata.tenantId', tenant: metadata?.tenantId },
    ];
  }
}

/** An aggregate that has a stream already, be it one without a tenant. */
function ownerOf(aggregate: AggregateRoot): TenantSource[] {
  const { stream } = trackingOf(aggregate);
  return stream === undefined ? [] : [{ source: `the aggregate ${describeStream(stream)}`, tenant: stream.tenant }];
}
