import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import type { ControlStore } from '../feed/control-store.js';
import type { FeedClock } from '../feed/feed-clock.js';
import type { SelectedEvents } from '../store/selected-events.js';
import { ParkedStreams } from './parked-streams.js';
import type { ProgressFence } from './progress-fence.js';
import {
  afterStart,
  firstRecord,
  generationsOf,
  layoutFaultsOf,
  withScan,
  type Generation,
  type SubscriptionRecord,
} from './subscription-record.js';
import type { SubscriptionRecords } from './subscription-records.js';
import type { SubscriptionFailure } from './event-application.js';
import { SubscriptionRunner } from './subscription-runner.js';
import type { Subscriber } from './subscriber.js';

export interface HostParts {
  readonly subscriber: Subscriber;
  readonly records: SubscriptionRecords;
  readonly control: ControlStore;
  readonly events: SelectedEvents;
  readonly clock: FeedClock;
  readonly fenceOf: (generation: Generation) => ProgressFence;
  readonly follows: (aggregate: string) => boolean;
  readonly pauseMs: (attempt: number) => number;
  readonly positions: number;
  readonly onFailure: (failure: SubscriptionFailure) => void;
}

/** One projection or reactor in this process: its runners, one per generation that this code can run. */
export class SubscriptionHost {
  private readonly runners = new Map<number, Promise<SubscriptionRunner>>();
  private readonly ready = new Map<number, SubscriptionRunner>();
  private current: SubscriptionRecord | undefined;
  private startedAt: number | undefined;
  private isOnRecord = false;
  lastFailure: (SubscriptionFailure & { readonly at: number }) | undefined;

  constructor(private readonly parts: HostParts) {}

  get name(): string {
    return this.parts.subscriber.definition.name;
  }

  get definition(): Subscriber['definition'] {
    return this.parts.subscriber.definition;
  }

  get subscriber(): Subscriber {
    return this.parts.subscriber;
  }

  /** From here on counts as the first start, if there was none before; nothing is asked for yet. */
  markStart(): void {
    this.startedAt ??= this.parts.clock.now();
  }

  /** Looks at what was decided elsewhere; the first time also puts the subscription, or newer code, on record. */
  async refresh(): Promise<SubscriptionRecord> {
    const known = this.isOnRecord ? await this.parts.records.read(this.name) : undefined;
    const record = known ?? (await this.putOnRecord());
    await this.adopt(record);
    return record;
  }

  /**
   * Compares the code with the builds on record, without changing them.
   * @throws InvalidDefinitionError The code stores its views otherwise.
   */
  async check(): Promise<void> {
    const record = await this.parts.records.read(this.name);
    const faults = record === undefined ? [] : layoutFaultsOf(record, this.definition);
    if (faults.length > 0) throw new InvalidDefinitionError(this.subscriber.className, faults);
  }

  /** As this process knows it, at most a moment old: what reads of its views go by, too. */
  async known(): Promise<SubscriptionRecord> {
    return (this.isOnRecord ? await this.parts.records.get(this.name) : undefined) ?? this.refresh();
  }

  /** Generations that this code can run: those of its own version. */
  get generations(): readonly Generation[] {
    return this.current === undefined ? [] : generationsOf(this.current).filter((each) => this.canRun(each));
  }

  get record(): SubscriptionRecord | undefined {
    return this.current;
  }

  /** Those that take new commits now. */
  liveRunners(): SubscriptionRunner[] {
    if (this.current === undefined || this.current.paused) return [];
    return this.generations
      .filter(({ replay }) => replay === undefined)
      .flatMap(({ number }) => this.ready.get(number) ?? []);
  }

  runner(generation: Generation): Promise<SubscriptionRunner> {
    let runner = this.runners.get(generation.number);
    if (runner === undefined) {
      runner = this.createRunner(generation);
      this.runners.set(generation.number, runner);
      // What could not be made is made again the next time.
      runner.catch(() => this.runners.delete(generation.number));
    }
    return runner;
  }

  parked(generation: Generation): ParkedStreams {
    return new ParkedStreams(this.parts.control, `${this.name}@${generation.number}`);
  }

  async settled(): Promise<void> {
    for (const runner of this.ready.values()) await runner.settled();
  }

  private canRun({ version }: Generation): boolean {
    return this.definition.kind === 'reactor' || version === this.definition.version;
  }

  private async putOnRecord(): Promise<SubscriptionRecord> {
    const now = this.parts.clock.now();
    const first = firstRecord(this.definition, this.startedAt ?? now);
    const record = await this.parts.records.update(this.name, (current) =>
      current === undefined ? first : afterStart(current, this.definition, now),
    );
    this.isOnRecord = true;
    return record ?? first;
  }

  private async adopt(record: SubscriptionRecord): Promise<void> {
    this.current = record;
    const numbers = new Set(this.generations.map(({ number }) => number));
    for (const number of this.runners.keys())
      if (!numbers.has(number)) {
        this.runners.delete(number);
        this.ready.delete(number);
      }
    for (const generation of this.generations) this.ready.set(generation.number, await this.runner(generation));
  }

  private async createRunner(generation: Generation): Promise<SubscriptionRunner> {
    const { subscriber, records, events, clock, follows, pauseMs, positions, onFailure, fenceOf } = this.parts;
    const parked = this.parked(generation);
    await parked.load();
    return new SubscriptionRunner({
      subscriber,
      generation: generation.number,
      fence: fenceOf(generation),
      parked,
      events,
      clock,
      follows,
      since: generation.since,
      pauseMs,
      positions,
      onMissed: async (reason) => {
        const now = clock.now();
        await records.update(this.name, (current) => current && withScan(current, generation.number, reason, now));
      },
      watchErasures: () => events.watchErasures(),
      onFailure: (failure) => {
        this.lastFailure = { ...failure, at: clock.now() };
        onFailure(failure);
      },
    });
  }
}
