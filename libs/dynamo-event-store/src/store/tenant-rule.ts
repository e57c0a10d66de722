import { TenantMismatchError, TenantRequiredError } from '../errors/tenant-errors.js';
import type { EventMetadata } from '../event/event-metadata.js';
import { describeStream, type StreamId } from '../event/stream-id.js';
import { checkName } from './arguments.js';

/** A stream, and what is to be stored with it. */
export interface TenantedWrite {
  readonly stream: StreamId;
  readonly metadata?: EventMetadata | undefined;
}

/** The rule that every operation names a tenant, and only one. Without tenancy it lets everything pass. */
export class TenantRule {
  constructor(readonly isOn: boolean) {}

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
