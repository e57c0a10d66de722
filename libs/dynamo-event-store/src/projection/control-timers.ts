import { InvalidArgumentError } from '../errors/argument-errors.js';
import type { JsonValue } from '../event/json-value.js';
import type { ControlStore } from '../feed/control-store.js';
import { updateRecord } from '../feed/control-store.js';
import type { FeedClock } from '../feed/feed-clock.js';
import type { FeedProblem } from '../feed/feed-source.js';
import type { SubscriptionHost } from './subscription-host.js';
import { causeOf, currentCause, type Cause } from '../store/cause.js';
import { TenantRule } from '../store/tenant-rule.js';
import { Timers, type TimerKey } from './timers.js';

/** Timers in the order in which they are due. Their ids begin with the time, so that a range of ids is a span of time. */
const DUE = 'timers#due';
/** Which time counts for a timer: an entry of the other partition with another time is out of date. */
const SET = 'timers#set';

interface SetTimer extends Cause {
  readonly dueAt: number;
  readonly data: JsonValue;
}

interface DueEntry extends TimerKey {
  readonly dueAt: number;
  /** Failed calls so far. */
  readonly failures: number;
}

const BATCH = 100;
const TIME_DIGITS = 16;
/** Longest pause between two tries of a timer that fails. */
const MAX_RETRY_MS = 60_000;

/** Timers as control records. */
export class ControlTimers extends Timers {
  private readonly woken = new Set<() => void>();

  /** @param pollMs How often to look for what is due. */
  constructor(
    private readonly control: ControlStore,
    private readonly clock: FeedClock,
    private readonly pollMs: number,
    private readonly report: (problem: FeedProblem) => void,
    private readonly tenants = new TenantRule(false),
  ) {
    super();
  }

  async schedule(
    given: TimerKey,
    dueAt: Date,
    data: JsonValue = null,
    cause: Cause | undefined = currentCause(),
  ): Promise<void> {
    const timer = this.ofTenant('schedule', given);
    const at = dueAt.getTime();
    if (Number.isNaN(at)) throw new InvalidArgumentError('dueAt', 'is not a valid date.');
    // What counts comes first: an entry without it would be taken for out of date. A caller that crashes in between
    // has had no answer, and sets the timer again.
    const text = JSON.stringify(data);
    await updateRecord<SetTimer>(this.control, SET, idOf(timer), (other) =>
      other?.dueAt === at && JSON.stringify(other.data) === text ? undefined : { dueAt: at, data, ...causeOf(cause) },
    );
    const entry: DueEntry = { ...keyOf(timer), dueAt: at, failures: 0 };
    // Stored even if it is there already, so that a call under way does not take the new setting away with the old one.
    await updateRecord<DueEntry>(this.control, DUE, entryId(at, entry), () => entry);
    for (const wake of this.woken) wake();
  }

  async cancel(given: TimerKey): Promise<boolean> {
    const timer = this.ofTenant('cancel', given);
    const set = await this.control.get<SetTimer>(SET, idOf(timer));
    return set !== undefined && this.control.delete(SET, idOf(timer), set.revision);
  }

  /** Calls what is due, until the signal. One process at a time; a second one would only call some timers twice. */
  async run(hosts: readonly SubscriptionHost[], signal: AbortSignal): Promise<void> {
    const isOver = () => signal.aborted;
    while (!isOver()) {
      const now = this.clock.now();
      const due = await this.control.list<DueEntry>(DUE, {
        to: entryId(now, { name: '\uffff', id: '' }),
        limit: BATCH,
      });
      for (const { id, value, revision } of due) {
        if (isOver()) return;
        await this.call(hosts, id, value, revision);
      }
      if (due.length < BATCH) await this.pause(signal);
    }
  }

  private ofTenant(operation: string, timer: TimerKey): TimerKey {
    const { name, id } = timer;
    return keyOf({ name, id, tenant: this.tenants.resolve(operation, `timer ${name}/${id}`, timer) });
  }

  /** @internal When timers are due, up to an instant, with their failed calls so far; those that were cancelled as well. */
  async dueUntil(instant: number): Promise<{ readonly at: number; readonly failures: number }[]> {
    const due = await this.control.list<DueEntry>(DUE, { to: entryId(instant, { name: '\uffff', id: '' }) });
    return due.map(({ id, value }) => ({ at: Number(id.slice(0, TIME_DIGITS)), failures: value.failures }));
  }

  private async pause(signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const wake = () => {
      woken.abort();
    };
    this.woken.add(wake);
    await this.clock.sleep(this.pollMs, AbortSignal.any([signal, woken.signal]));
    this.woken.delete(wake);
  }

  private async call(hosts: readonly SubscriptionHost[], id: string, entry: DueEntry, revision: number): Promise<void> {
    const set = await this.control.get<SetTimer>(SET, idOf(entry));
    const host = hosts.find(({ definition }) => definition.timers.has(entry.name));
    if (set?.value.dueAt !== entry.dueAt) {
      await this.control.delete(DUE, id, revision);
      return;
    }
    try {
      if (host === undefined) throw new Error(`No reactor here has @OnTimer('${entry.name}').`);
      const dueAt = new Date(entry.dueAt);
      await host.subscriber.callTimer({ ...keyOf(entry), dueAt, data: set.value.data, ...causeOf(set.value) });
    } catch (cause) {
      await this.postpone(id, entry, revision, cause);
      return;
    }
    // Set anew by the call itself, or by somebody else meanwhile, it stays; to the same time, with its entry.
    await this.control.delete(SET, idOf(entry), set.revision);
    await this.control.delete(DUE, id, revision);
  }

  /** A timer that fails is tried again for ever, with growing pauses: it is the only one to know what is to be done. */
  private async postpone(id: string, entry: DueEntry, revision: number, cause: unknown): Promise<void> {
    const failures = entry.failures + 1;
    const pauseMs = Math.min(MAX_RETRY_MS, 1000 * 2 ** Math.min(failures, 10));
    this.report({
      what: `The timer ${entry.name} of ${entry.tenant === undefined ? '' : `${entry.tenant}:`}${entry.id} failed; next try in ${pauseMs / 1000} s.`,
      cause,
    });
    const later = { ...entry, failures };
    await updateRecord<DueEntry>(this.control, DUE, entryId(this.clock.now() + pauseMs, entry), () => later);
    await this.control.delete(DUE, id, revision);
  }
}

function keyOf({ name, id, tenant }: TimerKey): TimerKey {
  return tenant === undefined ? { name, id } : { name, id, tenant };
}

function idOf({ name, id, tenant }: TimerKey): string {
  return JSON.stringify(tenant === undefined ? [name, id] : [name, id, tenant]);
}

/** Time first, in a form whose text order is time order. */
function entryId(at: number, timer: TimerKey): string {
  return `${String(Math.max(0, Math.floor(at))).padStart(TIME_DIGITS, '0')}#${idOf(timer)}`;
}
