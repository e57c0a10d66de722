import type { JsonValue } from '../event/json-value.js';
import type { Cause } from '../store/cause.js';

/** Names a timer. The same name and id are the same timer, however often it is set. */
export interface TimerKey {
  /** As in `@OnTimer`. */
  readonly name: string;
  /** What it is for, such as an order's id. */
  readonly id: string;
  /**
   * Tenant that it is for: timers of two tenants with one name and id are two. Default: what `tenancy.tenant` says, if tenancy is
   * on; else none.
   */
  readonly tenant?: string | undefined;
}

export interface DueTimer extends TimerKey, Cause {
  /** When it was to be due. */
  readonly dueAt: Date;
  readonly data: JsonValue;
}

/**
 * Timers that outlive the process: kept in the control table, called by whichever instance is there, once they are due,
 * at least once. An effect of a timer that must happen once needs an id made of the timer's name and id.
 */
export abstract class Timers {
  /**
   * Sets the timer, or sets it anew. Setting it again to the same time, with the same data, changes nothing.
   * @param cause What the timer's method gets, and its commits as defaults. Default: in reactors and timers, the correlation
   * and the id of the event at hand; else none.
   * @throws InvalidArgumentError `dueAt` is not a valid date.
   * @throws TenantRequiredError Tenancy is on, and the timer has no tenant.
   */
  abstract schedule(timer: TimerKey, dueAt: Date, data?: JsonValue, cause?: Cause): Promise<void>;
  /** @returns Whether it was still to come. */
  abstract cancel(timer: TimerKey): Promise<boolean>;
}
