import type { AnyClass } from './any-class.js';

/** What `@Projection` and `@Reactor` have in common. */
export interface SubscriptionOptions {
  /** Stable name; progress is kept under it. Not the class name. Letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  /**
   * Names of the aggregates whose streams are followed. Default: those of the registered aggregates that have a reducer
   * for an event handled here; all, when a handled event belongs to none.
   */
  readonly aggregates?: readonly string[];
  /** Streams that are worked on at once in one process: a whole number from 1. Default 16. Inside a stream, always one. */
  readonly concurrency?: number;
  /** Tries of a failing batch before its stream is parked: a whole number from 1. Default 5, with growing pauses. */
  readonly attempts?: number;
  /** Name of the store it belongs to. Default: the one without a name. */
  readonly store?: string;
}

/** What `@Projection` takes. */
export interface ProjectionOptions extends SubscriptionOptions {
  /**
   * Version of what the projection makes of events: a whole number from 1. Raise it when that changes: the read model is
   * built anew beside the old one, which is served until then. Default 1.
   */
  readonly version?: number;
  /** `beginning`: all events there are. `now`: those recorded since the first start. Default `beginning`. */
  readonly from?: 'beginning' | 'now';
  /** Views in DynamoDB that it keeps, made by `defineView`; its methods change them through their third argument. */
  readonly views?: readonly object[];
  /**
   * Class or token of a provider that extends `ProgressFence`, for a read model in another database. Default: with
   * `views`, theirs; otherwise the control table, which gives at least once.
   */
  readonly fence?: AnyClass | string | symbol;
  /** Events of one stream that are applied together: a whole number from 1. Default 100. */
  readonly batch?: number;
}

/** What `@Reactor` takes. */
export interface ReactorOptions extends SubscriptionOptions {
  /** `now`: events recorded since the first start. Default `now`. */
  readonly from?: 'beginning' | 'now';
  /** Views in DynamoDB that hold the reactor's own state. */
  readonly views?: readonly object[];
  /**
   * Whether `replay` may run it again over all events, marked as a replay: for publishers, whose receivers know events by
   * their ids. Default false.
   */
  readonly replayable?: boolean;
}

/** One `@On`, `@OnAny` or `@OnTimer` as it was declared. */
export interface SubscriptionMethod {
  readonly method: string | symbol;
  readonly isStatic: boolean;
  /** What calls it: an event class (`undefined` when an import cycle left it empty), every event, or a timer's name. */
  readonly trigger: { readonly event: AnyClass | undefined } | { readonly any: true } | { readonly timer: string };
}

export type SubscriptionDeclaration =
  | { readonly kind: 'projection'; readonly options: ProjectionOptions }
  | { readonly kind: 'reactor'; readonly options: ReactorOptions };
