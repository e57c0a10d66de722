import type { RecordedEvent } from '../event/recorded-event.js';
import { causeOf, runBecauseOf } from '../store/cause.js';
import type { EventSelection } from '../store/commit-events.js';
import { TenantRule } from '../store/tenant-rule.js';
import type { DueTimer } from './timers.js';
import type { SubscriptionDefinition } from './subscription-definition.js';

type Methods = Record<string | symbol, ((...args: unknown[]) => unknown) | undefined>;

/** A projection or reactor as its runner sees it: which events it takes, and how to give it one. */
export class Subscriber {
  constructor(
    readonly definition: SubscriptionDefinition,
    private readonly instance: object,
    private readonly tenants = new TenantRule(false),
  ) {}

  get className(): string {
    return this.instance.constructor.name;
  }

  readonly wants: EventSelection = (type) => this.definition.any !== undefined || this.definition.methods.has(type);

  /** What the method returns: to be waited for where it is a promise. */
  handle(envelope: RecordedEvent, context: unknown): unknown {
    const method = this.definition.methods.get(envelope.type) ?? this.definition.any;
    if (method === undefined) return undefined;
    const call = () => this.call(method, envelope.event, envelope, context);
    if (this.definition.kind === 'projection') return call();
    const { stream, eventId: causationId, metadata } = envelope;
    const cause = { correlationId: metadata.correlationId, causationId };
    return this.tenants.run(stream.tenant, () => runBecauseOf(cause, call));
  }

  async callTimer(timer: DueTimer): Promise<void> {
    const method = this.definition.timers.get(timer.name);
    if (method === undefined) return;
    await this.tenants.run(timer.tenant, () => runBecauseOf(causeOf(timer), () => this.call(method, timer)));
  }

  private call(method: string | symbol, ...args: unknown[]): unknown {
    return (this.instance as Methods)[method]?.apply(this.instance, args);
  }
}
