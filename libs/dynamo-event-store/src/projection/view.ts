import type { StreamId } from '../event/stream-id.js';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { oneOf } from '../store/arguments.js';
import type { Page } from '../store/event-store.js';
import type { TenantCall } from '../store/tenancy-options.js';

/** Values by which views are found besides their key. Views without a partition are not in the index. */
export interface ViewIndex<T> {
  readonly partition: (view: T) => string | undefined;
  /** Order within a partition. Default: by key. Text order: pad numbers, use ISO times. */
  readonly sort?: (view: T) => string;
}

/**
 * Personal data in a view: stored encrypted with the key of the person, so that it shows its fallbacks as soon as the person
 * is forgotten, without a rebuild. Only the store makes keys, for events with personal data: a person without a key shows the
 * fallbacks. Indexes are made of the fallbacks. Needs the `personalData` option of the store.
 */
export interface PersonalView<T> {
  /** Id of the data subject, as in the events. Asked only when a field holds something else than its fallback. */
  readonly subject: (view: T) => string;
  /** The fields, each with its fallback. */
  readonly fields: Partial<T>;
}

/** How many indexes a view can have: so many the table of read models has. */
export const MAX_VIEW_INDEXES = 4;

/** Indexes by name; none, when no name is known. */
export type ViewIndexes<T, K extends string> = Readonly<Record<K, ViewIndex<T>>> &
  ([K] extends [never] ? Readonly<Record<string, never>> : unknown);

export interface ViewOptions<T extends object, K extends string = never> {
  /** Stable name, part of the key of its items. */
  readonly name: string;
  /** Name of the projection that keeps it. Default: the name of the view. */
  readonly projection?: string;
  /**
   * `stream`: one item per stream, under the stream's id, changed by that stream alone: one write per batch of events,
   * which also holds the progress. `key`: items under keys of your own, each changed by any number of streams: twice
   * the write units, since the progress of the stream is stored in the same transaction. Either way streams of two tenants
   * never share an item, whatever its key.
   */
  readonly keyedBy: 'stream' | 'key';
  /** Fields that hold personal data. Default: none. */
  readonly personal?: PersonalView<T>;
  /**
   * At most 4, by name. Names and order are part of the layout, which each build of the read model keeps: to change them,
   * raise the projection's version. Otherwise the boot fails.
   */
  readonly indexes?: ViewIndexes<T, K>;
}

/** A kind of read model item; made by `defineView`. */
export interface ViewDefinition<T extends object, K extends string = string> {
  readonly name: string;
  readonly projection: string;
  readonly keyedBy: 'stream' | 'key';
  readonly personal: (Pick<PersonalView<T>, 'subject'> & { readonly fields: object }) | undefined;
  readonly indexes: readonly { readonly name: K; readonly index: ViewIndex<T> }[];
}

/**
 * Defines a kind of read model item.
 * @typeParam T The item.
 * @typeParam K Names of the indexes, such as `'byCustomer' | 'open'`: a query of any other does not compile. To be given
 * beside `T`; TypeScript finds both where the functions of the indexes say what they take.
 * @throws InvalidArgumentError A name is empty, or there are more than 4 indexes.
 */
export function defineView<T extends object, K extends string = never>(
  options: ViewOptions<T, K>,
): ViewDefinition<T, K> {
  const { name, projection = name, keyedBy, personal, indexes = {} } = options;
  if (name === '' || projection === '') throw new InvalidArgumentError('name', 'must not be empty.');
  oneOf('keyedBy', keyedBy, ['stream', 'key']);
  if (personal !== undefined && (typeof personal.subject !== 'function' || typeof personal.fields !== 'object'))
    throw new InvalidArgumentError('personal', `of view ${name} must be { subject, fields }.`);
  const entries = Object.entries<ViewIndex<T>>(indexes).map(([key, index]) => ({ name: key as K, index }));
  if (entries.length > MAX_VIEW_INDEXES)
    throw new InvalidArgumentError(
      'indexes',
      `of view ${name} are ${entries.length}; a view has at most ${MAX_VIEW_INDEXES}.`,
    );
  return { name, projection, keyedBy, personal, indexes: entries };
}

/** Amounts to add to number fields of a view. */
export type Increments<T extends object> = { readonly [K in keyof T as T[K] extends number ? K : never]?: number };

/**
 * The items of one view while events are being applied. Nothing is stored until the methods of the whole batch have
 * run; then everything is, together with the progress, or nothing.
 */
export interface WritableView<T extends object> {
  /** The item with all changes made so far; `undefined` when there is none. A copy of its own. */
  get(key: string): Promise<T | undefined>;
  put(key: string, value: T): void;
  delete(key: string): void;
  /** Puts what `change` makes of the item, or deletes it when that is `undefined`. */
  update(key: string, change: (current: T | undefined) => T | undefined): Promise<void>;
  /**
   * Adds to number fields without reading the item, so that streams that share it do not wait for each other. Only for
   * views that are `keyedBy: 'key'`. Whole numbers up to 2^53, to be exact.
   * @param initial The item if there is none yet.
   */
  increment(key: string, by: Increments<T>, initial: T): void;
}

/** Third argument of a projection's methods when the projection has views. */
export interface ViewWriter {
  /** @throws InvalidArgumentError The projection does not have this view. */
  of<T extends object>(view: ViewDefinition<T>): WritableView<T>;
}

export interface ViewReadOptions extends TenantCall {
  /**
   * Tenant of the streams that the item is made of. Default: what `tenancy.tenant` says, if tenancy is on; when it says none, the
   * read is a `TenantRequiredError`.
   */
  readonly tenant?: string | undefined;
  /** Default `strong`. Queries by index are always eventually consistent, as DynamoDB's indexes are. */
  readonly consistency?: 'strong' | 'eventual' | undefined;
}

export interface ViewQuery<K extends string = string> extends TenantCall {
  /** Name of the index. */
  readonly index: K;
  readonly partition: string;
  /** Only sort values from this one on, inclusive. */
  readonly from?: string | undefined;
  /** Only sort values up to this one, inclusive. */
  readonly to?: string | undefined;
  /** Default `forward`. */
  readonly order?: 'forward' | 'backward' | undefined;
  /** Items per page: 1 to 1,000. Default 100. */
  readonly limit?: number | undefined;
  /** From the page before, with the same query. */
  readonly cursor?: string | undefined;
  /** As in `ViewReadOptions`. */
  readonly tenant?: string | undefined;
}

/** An item of a view, and how current it is. */
export interface ViewItem<T> {
  readonly key: string;
  readonly value: T;
  /**
   * Version of the stream that the item shows; `undefined` for views that are `keyedBy: 'key'`. In a projection with
   * several views, that of the last step that changed the item.
   */
  readonly version: number | undefined;
}

/** Reads one view, always of the build that is served. */
export interface ViewReader<T extends object, K extends string = string> {
  get(key: string, options?: ViewReadOptions): Promise<T | undefined>;
  /** Like `get`, with the version of the stream that the item shows. */
  find(key: string, options?: ViewReadOptions): Promise<ViewItem<T> | undefined>;
  /**
   * @throws InvalidArgumentError The view has no such index, or the cursor is not from this query.
   * @throws SubscriptionStateError The build that is served is of another version, which has no such index.
   */
  query(query: ViewQuery<K>): Promise<Page<ViewItem<T>>>;
}

/** Read models in DynamoDB, and the token to inject them by. */
export abstract class ReadModelStore {
  abstract view<T extends object, K extends string>(view: ViewDefinition<T, K>): ViewReader<T, K>;
}

/** The key of a stream's item in a view that is `keyedBy: 'stream'`. */
export function viewKeyOf(stream: StreamId): string {
  return stream.id;
}
