import { TenantMismatchError } from '../errors/tenant-errors.js';
import type { TenancyOptions } from '../store/tenancy-options.js';
import type { DynamoEventStoreModuleOptions } from './module-options.js';

type Options = Pick<DynamoEventStoreModuleOptions, 'tenancy' | 'metadata'>;

/** The tenancy of a store: read models, timers and data subjects learn their tenant from the same places as repositories. */
export function storeTenancyOf({ tenancy = false, metadata }: Options): boolean | TenancyOptions {
  if (tenancy === false) return false;
  const { tenant, run }: TenancyOptions = tenancy === true ? {} : tenancy;
  return {
    tenant: (call) => agreed(tenant?.(call), metadata?.().tenantId),
    ...(run === undefined ? {} : { run }),
  };
}

function agreed(told: string | undefined, noted: string | undefined): string | undefined {
  if (told !== undefined && noted !== undefined && told !== noted)
    throw new TenantMismatchError('a call', 'a view, a timer or a data subject', [
      { source: 'tenancy.tenant', tenant: told },
      { source: 'metadata hook', tenant: noted },
    ]);
  return told ?? noted;
}
