import { TenantMismatchError, TenantRequiredError } from '../errors/tenant-errors.js';
import type { EventMetadata } from '../event/event-metadata.js';
import { describeStream, type StreamId } from '../event/stream-id.js';
import { checkName } from './arguments.js';
import type { TenancyOptions, TenantCall } from './tenancy-options.js';

/** A stream, and what is to be stored with it. */
export interface TenantedWrite {
  readonly stream: StreamId;
  readonly metadata?: EventMetadata | undefined;
}

/** A tenant as a call gives it, and what else may tell it. */
export interface NamedTenant extends TenantCall {
  readonly tenant?: string | undefined;
}

/** The rule that every operation names a tenant, and only one. Without tenancy it lets everything pass. */
export class TenantRule {
  constructor(
    readonly isOn: boolean,
    readonly options: TenancyOptions = {},
  ) {}

  static of(tenancy: boolean | TenancyOptions = false): TenantRule {
    return typeof tenancy === 'boolean' ? new TenantRule(tenancy) : new TenantRule(true, tenancy);
  }

  /**
   * Whose an operation is that has no stream: what the call says, or else `tenancy.tenant`.
   * @param what Name of a view or timer.
   * @throws TenantMismatchError The two say different tenants.
   * @throws TenantRequiredError Neither says one.
   * @throws InvalidArgumentError It is empty, which would stand for none.
   */
  resolve(operation: string, what: string, { tenant, asyncContext }: NamedTenant): string | undefined {
    const found = this.toldTo(operation, what, { tenant, asyncContext });
    this.checkTenant(operation, what, found);
    return found;
  }

  /** Like `resolve`, for operations that may concern all tenants: `undefined` when nothing says one. */
  toldTo(operation: string, what: string, { tenant, asyncContext }: NamedTenant): string | undefined {
    const told = this.isOn ? this.options.tenant?.({ asyncContext }) : undefined;
    if (tenant !== undefined && told !== undefined && tenant !== told)
      throw new TenantMismatchError(operation, what, [
        { source: 'option tenant', tenant },
        { source: 'tenancy.tenant', tenant: told },
      ]);
    return tenant ?? told;
  }

  /** Runs work as a request of a tenant, where the application says how. */
  run<T>(tenant: string | undefined, work: () => T): T {
    const { run } = this.options;
    return tenant === undefined || run === undefined ? work() : run(tenant, work);
  }

  /** @throws TenantRequiredError The stream has no tenant. */
  check(operation: string, stream: StreamId): void {
    if (this.isOn && stream.tenant === undefined) throw new TenantRequiredError(operation, describeStream(stream));
  }

  /**
   * @param what Name of an aggregate, view or timer.
   * @throws TenantRequiredError There is no tenant.
   * @throws InvalidArgumentError It is empty, which would stand for none.
   */
  checkTenant(operation: string, what: string, tenant: string | undefined): void {
    if (tenant !== undefined) checkName('tenant', tenant);
    else if (this.isOn) throw new TenantRequiredError(operation, what);
  }

  /**
   * @throws TenantRequiredError A stream has no tenant.
   * @throws TenantMismatchError Metadata names another tenant than the stream, or the streams belong to several.
   */
  checkWrites(operation: string, writes: readonly TenantedWrite[]): void {
    if (!this.isOn) return;
    for (const { stream } of writes) this.check(operation, stream);
    const [first] = writes;
    for (const { stream, metadata } of writes) {
      const own = { source: 'the stream', tenant: stream.tenant };
      const target = describeStream(stream);
      if (metadata?.tenantId !== undefined && metadata.tenantId !== stream.tenant)
        throw new TenantMismatchError(operation, target, [
          own,
          { source: 'metadata.tenantId', tenant: metadata.tenantId },
        ]);
      if (first !== undefined && first.stream.tenant !== stream.tenant)
        throw new TenantMismatchError(operation, target, [
          { source: describeStream(first.stream), tenant: first.stream.tenant },
          own,
        ]);
    }
  }
}
