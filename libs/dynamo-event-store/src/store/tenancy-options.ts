import type { AsyncContext } from '@nestjs/cqrs';

/** What `tenancy.tenant` may look at. */
export interface TenantCall {
  /** Of the command: request-scoped handlers get it as `REQUEST`. */
  readonly asyncContext?: AsyncContext | undefined;
}

/** How calls find out their tenant. */
export interface TenancyOptions {
  /**
   * The tenant of a call, for example from an `AsyncLocalStorage` or from the `AsyncContext` that the call was given;
   * `undefined` when it does not know. Asked on each call of repositories, read models, timers and data subjects. Default:
   * only the option `tenant` and metadata tell.
   */
  readonly tenant?: (call: TenantCall) => string | undefined;
  /**
   * Runs work as a request of the tenant, so that `tenant` tells it: `(tenant, work) => storage.run(tenant, work)`. Entered
   * around the methods of reactors and timers, for the tenant of the event or the timer. Default: they run in no request.
   */
  readonly run?: <T>(tenant: string, work: () => T) => T;
}
