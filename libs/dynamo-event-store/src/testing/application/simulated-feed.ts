import { DeliveredVersions } from '../../feed/delivered-versions.js';
import type { FeedConsumer, FeedContext, FeedLag, FeedSource } from '../../feed/feed-source.js';
import { ScanRound, type Backlog } from '../../feed/scan-round.js';
import type { TableScan } from '../../feed/table-scan.js';
import type { FeedClock } from '../../store/clock.js';

export interface SimulatedFeedParts {
  readonly scan: TableScan;
  readonly clock: FeedClock;
  /** Grows with every write to the database. */
  readonly writes: () => number;
  /** How often to look for writes, in ms. */
  readonly everyMs: number;
}

/** Delivers the commits of a simulated table, whoever has written them, and can tell that all are delivered. */
export class SimulatedFeed implements FeedSource {
  readonly #parts: SimulatedFeedParts;
  readonly #delivered = new Map<string, DeliveredVersions>();
  #behind: ReadonlyMap<string, Backlog> = new Map();
  #context: FeedContext | undefined;
  #lastRound: Promise<unknown> = Promise.resolve();
  #pause = new AbortController();

  constructor(parts: SimulatedFeedParts) {
    this.#parts = parts;
  }

  /** Nothing to do: every round looks at the whole table. */
  subscribe(): Promise<void> {
    return Promise.resolve();
  }

  unsubscribe(key: string): Promise<void> {
    this.#delivered.delete(key);
    return Promise.resolve();
  }

  async run(context: FeedContext, signal: AbortSignal): Promise<void> {
    this.#context = context;
    signal.addEventListener('abort', () => {
      this.nudge();
    });
    try {
      while (!signal.aborted) await this.#roundAfterChange(context);
      await this.#lastRound;
    } finally {
      this.#context = undefined;
    }
  }

  nudge(): void {
    this.#pause.abort();
  }

  lag(): Promise<ReadonlyMap<string, FeedLag>> {
    const now = this.#parts.clock.now();
    const lags = Array.from(this.#behind, ([key, { commits, oldest }]): [string, FeedLag] => [
      key,
      { behindMs: oldest === undefined ? 0 : Math.max(0, now - oldest), pendingCommits: commits },
    ]);
    return Promise.resolve(new Map(lags));
  }

  /** Delivers what is stored now. @returns Whether anything was new, or was not taken. */
  catchUp(): Promise<boolean> {
    const round = this.#lastRound.then(() => this.#round());
    this.#lastRound = round.catch(() => undefined);
    return round;
  }

  /** One round, and the pause until something was written, somebody has come, or a round has failed. */
  async #roundAfterChange(context: FeedContext): Promise<void> {
    this.#pause = new AbortController();
    const { signal } = this.#pause;
    const { writes, clock, everyMs } = this.#parts;
    const state = (): string =>
      `${writes()} ${context
        .consumers()
        .map(({ key }) => key)
        .join()}`;
    const before = state();
    let isBehind: boolean;
    try {
      isBehind = await this.catchUp();
    } catch (cause) {
      isBehind = true;
      context.report({ what: 'the simulated table cannot be read; the next round tries again', cause });
    }
    do await clock.sleep(everyMs, signal);
    while (!signal.aborted && !isBehind && state() === before);
  }

  async #round(): Promise<boolean> {
    const context = this.#context;
    if (context === undefined) return false;
    let isNew = false;
    const watched = (consumer: FeedConsumer): FeedConsumer => ({
      key: consumer.key,
      deliver: (notices) => {
        isNew = true;
        return consumer.deliver(notices);
      },
      missed: (reason) => consumer.missed(reason),
      unreadable: (item) => {
        isNew = true;
        return consumer.unreadable(item);
      },
    });
    const consumers = () => context.consumers().map(watched);
    const round = new ScanRound({ ...context, consumers }, (key) => this.#deliveredTo(key));
    for await (const page of this.#parts.scan.pages(0, 1)) await round.deliver(page);
    this.#behind = round.behind;
    return isNew;
  }

  #deliveredTo(key: string): DeliveredVersions {
    const known = this.#delivered.get(key) ?? new DeliveredVersions();
    this.#delivered.set(key, known);
    return known;
  }
}
