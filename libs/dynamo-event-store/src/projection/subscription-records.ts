import type { ControlStore } from '../feed/control-store.js';
import { elapsedOn, type FeedClock } from '../feed/feed-clock.js';
import type { Generation, SubscriptionRecord } from './subscription-record.js';

const PARTITION = 'subscriptions';

interface KnownRecord {
  readonly record: SubscriptionRecord | undefined;
  readonly revision: number;
  /** When it was asked for; see `elapsedOn`. */
  readonly at: number;
}

/** What the instances agree on about each subscription; kept for a moment, since every read of a view asks for it. */
export class SubscriptionRecords {
  private readonly known = new Map<string, KnownRecord>();

  /** @param maxAgeMs How old an answer of `get` may be. */
  constructor(
    private readonly control: ControlStore,
    private readonly clock: FeedClock,
    private readonly maxAgeMs: number,
  ) {}

  async get(name: string): Promise<SubscriptionRecord | undefined> {
    const known = this.known.get(name);
    if (known !== undefined && elapsedOn(this.clock) - known.at < this.maxAgeMs) return known.record;
    return this.read(name);
  }

  async read(name: string): Promise<SubscriptionRecord | undefined> {
    const at = elapsedOn(this.clock);
    const record = await this.control.get<SubscriptionRecord>(PARTITION, name);
    return this.keep(name, { record: record?.value, revision: record?.revision ?? 0, at });
  }

  /** @param change Returns `undefined` to leave the record as it is; may throw. */
  async update(
    name: string,
    change: (current: SubscriptionRecord | undefined) => SubscriptionRecord | undefined,
  ): Promise<SubscriptionRecord | undefined> {
    for (;;) {
      const at = elapsedOn(this.clock);
      const current = await this.control.get<SubscriptionRecord>(PARTITION, name);
      const revision = current?.revision ?? 0;
      const next = change(current?.value);
      if (next === undefined) return this.keep(name, { record: current?.value, revision, at });
      if (await this.control.put(PARTITION, name, next, revision))
        return this.keep(name, { record: next, revision: revision + 1, at });
    }
  }

  /** The build whose views are served; the first one before there is any. */
  async activeGeneration(name: string): Promise<Pick<Generation, 'number' | 'layout'>> {
    return (await this.get(name))?.active ?? { number: 1 };
  }

  /** Answers may overtake each other; what was known never gives way to something older. */
  private keep(name: string, answer: KnownRecord): SubscriptionRecord | undefined {
    const known = this.known.get(name);
    const newest = known !== undefined && known.revision > answer.revision ? known : answer;
    this.known.set(name, { ...newest, at: Math.max(answer.at, known?.at ?? answer.at) });
    return newest.record;
  }
}
