import {
  On,
  OnAny,
  ProgressFence,
  Projection,
  type ProgressKey,
  type ProgressStep,
  type ProjectionOptions,
  type RecordedEvent,
  type StreamId,
} from 'nestjs-dynamo-event-store';
import { InMemoryEventStore } from 'nestjs-dynamo-event-store/testing';
import { noticeOf, type CommitNotice } from '../../libs/dynamo-event-store/src/feed/commit-notice.js';
import type { FeedClock } from '../../libs/dynamo-event-store/src/feed/feed-clock.js';
import type { SubscriptionFailure } from '../../libs/dynamo-event-store/src/projection/event-application.js';
import { ParkedStreams } from '../../libs/dynamo-event-store/src/projection/parked-streams.js';
import { Subscriber } from '../../libs/dynamo-event-store/src/projection/subscriber.js';
import { subscriptionDefinitionOf } from '../../libs/dynamo-event-store/src/projection/subscription-definition.js';
import { SubscriptionRunner } from '../../libs/dynamo-event-store/src/projection/subscription-runner.js';
import type { SelectedEvents } from '../../libs/dynamo-event-store/src/store/selected-events.js';
import { MemoryControl } from './memory-control.js';
import { CartEmptied, ItemAdded, SHOP_EVENTS } from './shop.js';

export type Apply = (event: RecordedEvent, context: unknown) => void | Promise<void>;

/** A projection that takes `ItemAdded` and `CartEmptied`, and leaves `CartNoted`. */
export function cartLog(apply: Apply, options: Partial<ProjectionOptions> = {}): object {
  @Projection({ name: 'log', ...options })
  class CartLog {
    @On(ItemAdded) added(_: ItemAdded, event: RecordedEvent, context: unknown): void | Promise<void> {
      return apply(event, context);
    }
    @On(CartEmptied) emptied(_: CartEmptied, event: RecordedEvent, context: unknown): void | Promise<void> {
      return apply(event, context);
    }
  }
  return new CartLog();
}

/** A projection that takes every event. */
export function everyEvent(apply: Apply, options: Partial<ProjectionOptions> = {}): object {
  @Projection({ name: 'every', ...options })
  class EveryEvent {
    @OnAny() any(_: object, event: RecordedEvent, context: unknown): void | Promise<void> {
      return apply(event, context);
    }
  }
  return new EveryEvent();
}

/** What a step of a `MemoryFence` writes to; kept only if the step is. */
export type Effects = number[];

/** Progress in memory, and the versions that were applied with it; several processes share it by sharing the object. */
export class MemoryFence extends ProgressFence<Effects> {
  readonly progress = new Map<string, number>();
  readonly effects = new Map<string, number[]>();
  /** Called before each request; what it throws is what the request fails with. */
  before: (operation: 'applied' | 'advance', key: ProgressKey) => void | Promise<void> = () => undefined;
  readonly requests: string[] = [];

  constructor(override readonly isAtomic = true) {
    super();
  }

  async applied(key: ProgressKey): Promise<number> {
    this.requests.push('applied');
    await Promise.resolve();
    await this.before('applied', key);
    return this.progress.get(textOf(key)) ?? 0;
  }

  async advance(step: ProgressStep, work: (effects: Effects) => Promise<void>): Promise<boolean> {
    this.requests.push(`${step.from}-${step.to}`);
    const effects: Effects = [];
    await work(effects);
    await this.before('advance', step);
    const key = textOf(step);
    if ((this.progress.get(key) ?? 0) !== step.from) return false;
    this.progress.set(key, step.to);
    this.effects.set(key, [...(this.effects.get(key) ?? []), ...effects]);
    return true;
  }

  effectsOf(stream: StreamId, generation = 1): readonly number[] {
    return [...this.effects].find(([key]) => key.endsWith(`@${generation}/${stream.id}`))?.[1] ?? [];
  }

  appliedTo(stream: StreamId, generation = 1): number {
    return [...this.progress].find(([key]) => key.endsWith(`@${generation}/${stream.id}`))?.[1] ?? 0;
  }
}

function textOf({ projection, generation, stream }: ProgressKey): string {
  const { aggregate, id, tenant } = stream;
  const prefix = aggregate === 'cart' && tenant === undefined ? '' : `${tenant ?? ''}/${aggregate}/`;
  return `${projection}@${generation}/${prefix}${id}`;
}

/** Keeps the versions in the fence. */
export const apply: Apply = ({ version }, effects) => {
  (effects as Effects).push(version);
};

/** Fails at a version until it is mended. */
export function poisoned(...versions: number[]) {
  const poison = new Set(versions);
  const tries: number[] = [];
  const handle: Apply = (event, effects) => {
    tries.push(event.version);
    if (poison.has(event.version)) throw new Error(`no way at ${event.version}`);
    return apply(event, effects);
  };
  return { poison, tries, handle };
}

/** A clock whose pauses are over at once, and on record. */
export function hastyClock(): FeedClock & { readonly pauses: number[]; at: number } {
  const clock = {
    pauses: [] as number[],
    at: 1_000_000,
    now: () => clock.at,
    sleep: (ms: number) => {
      clock.pauses.push(ms);
      clock.at += ms;
      return Promise.resolve();
    },
  };
  return clock;
}

export interface RunnerOptions {
  readonly fence?: MemoryFence;
  readonly control?: MemoryControl;
  readonly events?: SelectedEvents;
  readonly clock?: FeedClock;
  readonly since?: number;
  readonly generation?: number;
  readonly positions?: number;
  readonly follows?: (aggregate: string) => boolean;
  readonly onMissed?: (reason: string) => Promise<void>;
}

/** A runner of a subscription, as one process has it. */
export function runnerOf(
  store: InMemoryEventStore | { selected: SelectedEvents },
  instance: object,
  options: RunnerOptions = {},
) {
  const definition = subscriptionDefinitionOf(instance.constructor);
  if (definition === undefined) throw new Error('This is no subscription.');
  const { control = new MemoryControl(), generation = 1, clock = hastyClock() } = options;
  const parked = new ParkedStreams(control, `${definition.name}@${generation}`);
  const failures: SubscriptionFailure[] = [];
  const fence = options.fence ?? new MemoryFence();
  const runner = new SubscriptionRunner({
    subscriber: new Subscriber(definition, instance),
    generation,
    fence,
    parked,
    clock,
    since: options.since,
    pauseMs: (attempt) => attempt * 10,
    onFailure: (failure) => failures.push(failure),
    events: options.events ?? store.selected,
    follows: options.follows ?? (() => true),
    positions: options.positions ?? 1_000,
    onMissed: options.onMissed ?? (() => Promise.resolve()),
  });
  return { runner, parked, failures, fence, control, clock };
}

export function shopStore(clock?: () => Date): InMemoryEventStore {
  return new InMemoryEventStore({ events: SHOP_EVENTS, ...(clock === undefined ? {} : { clock }) });
}

export function cart(id: string): StreamId {
  return { aggregate: 'cart', id };
}

/** The notices of all commits of a stream, in order. */
export async function noticesOf(store: { selected: SelectedEvents }, stream: StreamId): Promise<CommitNotice[]> {
  const notices: CommitNotice[] = [];
  for await (const commit of store.selected.commits(stream, {})) {
    const notice = noticeOf(commit);
    if (notice !== undefined) notices.push(notice);
  }
  return notices;
}

/** As a source delivers it that has seen only a part of the commit. */
export function withoutCommit(notice: CommitNotice): CommitNotice {
  return { ...notice, commit: undefined };
}

/** The promise that it returns is kept until `open` is called. */
export function gate(): { readonly passed: Promise<void>; open: () => void } {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}
