import type { AnyClass } from './any-class.js';
import type { SnapshotOptions } from './snapshot-options.js';
import type { SubscriptionDeclaration, SubscriptionMethod } from './subscription-options.js';

export type { AnyClass } from './any-class.js';

/** What `@DomainEvent` takes. */
export interface DomainEventOptions {
  /** Stable name under which the event is stored. Not the class name: classes may be renamed, stored names may not. */
  readonly name: string;
  /** Schema version of the class as it is now: a whole number from 1. Default 1. Raise it with an `@Upcaster` for each older one. */
  readonly version?: number;
  /** Names under which the event was stored before; read as this event, never written again. */
  readonly aliases?: readonly string[];
}

/** What `@Aggregate` takes. */
export interface AggregateOptions {
  /** Stable name of the kind of aggregate; part of every key. Not the class name. */
  readonly name: string;
  /**
   * Seconds after which DynamoDB may delete the commits of such an aggregate, counted from each append. Whole number
   * from 1. Default: kept for ever. The deletion is DynamoDB's own and happens within days, not to the second; reads leave
   * out what has expired at once. An aggregate that is appended to for longer than this needs snapshots, or it cannot be
   * loaded any more; with snapshots everything is kept half as long again, and the state lives as long as its last event.
   */
  readonly ttlSeconds?: number;
  /** When to keep a snapshot of the state, so that loads need not read all events. Default: never. */
  readonly snapshot?: SnapshotOptions;
}

/** One `@EventHandler` as it was declared. */
export interface ReducerRecord {
  /** `undefined` when an import cycle left the class empty at the time of decoration. */
  readonly event: AnyClass | undefined;
  readonly method: string | symbol;
  readonly isStatic: boolean;
}

interface ClassMetadata {
  domainEvent?: DomainEventOptions;
  aggregate?: AggregateOptions;
  upcaster?: UpcasterOptions;
  readonly reducers: ReducerRecord[];
  readonly stateFields: string[];
  subscription?: SubscriptionDeclaration;
  readonly subscriptionMethods: SubscriptionMethod[];
}

/** What `@Upcaster` takes. */
export interface UpcasterOptions {
  /** Name of the event, as in `@DomainEvent`. */
  readonly event: string;
  /** Schema version that is turned into the next one: a whole number from 1. */
  readonly from: number;
  /** Name of the store it belongs to. Default: the one without a name. */
  readonly store?: string;
}

const KEY = Symbol.for('nestjs-dynamo-event-store.class-metadata');
type Annotated = AnyClass & { [KEY]?: ClassMetadata };

export function recordDomainEvent(target: AnyClass, options: DomainEventOptions): void {
  ownMetadata(target).domainEvent = options;
}

export function recordAggregate(target: AnyClass, options: AggregateOptions): void {
  ownMetadata(target).aggregate = options;
}

export function recordUpcaster(target: AnyClass, options: UpcasterOptions): void {
  ownMetadata(target).upcaster = options;
}

export function recordReducer(target: AnyClass, reducer: ReducerRecord): void {
  ownMetadata(target).reducers.push(reducer);
}

export function recordStateField(target: AnyClass, field: string): void {
  ownMetadata(target).stateFields.push(field);
}

export function recordSubscription(target: AnyClass, declaration: SubscriptionDeclaration): void {
  ownMetadata(target).subscription = declaration;
}

export function recordSubscriptionMethod(target: AnyClass, method: SubscriptionMethod): void {
  ownMetadata(target).subscriptionMethods.push(method);
}

/** `@Projection` or `@Reactor` of exactly this class. */
export function subscriptionOf(target: AnyClass): SubscriptionDeclaration | undefined {
  return readOwn(target)?.subscription;
}

/** Methods marked with `@On`, `@OnAny` or `@OnTimer` in the class and its bases, base classes first. */
export function subscriptionMethodsOf(target: AnyClass): readonly SubscriptionMethod[] {
  return lineage(target).flatMap((each) => readOwn(each)?.subscriptionMethods ?? []);
}

/** Fields marked with `@SnapshotState` in the class and its bases. */
export function stateFieldsOf(target: AnyClass): readonly string[] {
  return lineage(target).flatMap((each) => readOwn(each)?.stateFields ?? []);
}

/** `@DomainEvent` of exactly this class: a subclass of an event is another event. */
export function domainEventOf(target: AnyClass): DomainEventOptions | undefined {
  return readOwn(target)?.domainEvent;
}

export function upcasterOf(target: AnyClass): UpcasterOptions | undefined {
  return readOwn(target)?.upcaster;
}

/** `@Aggregate` of the class or the nearest of its bases, so that a subclass made by a mixin keeps the name. */
export function aggregateOf(target: AnyClass): AggregateOptions | undefined {
  return lineage(target)
    .map((each) => readOwn(each)?.aggregate)
    .findLast((options) => options !== undefined);
}

/** Reducers of the class and its bases, each class's own in order of declaration, base classes first. */
export function reducersOf(
  target: AnyClass,
): readonly { readonly owner: AnyClass; readonly reducers: readonly ReducerRecord[] }[] {
  return lineage(target).map((owner) => ({ owner, reducers: readOwn(owner)?.reducers ?? [] }));
}

function lineage(target: AnyClass): AnyClass[] {
  const classes: AnyClass[] = [];
  for (
    let each: unknown = target;
    typeof each === 'function' && each !== Function.prototype;
    each = Object.getPrototypeOf(each)
  ) {
    classes.unshift(each);
  }
  return classes;
}

function readOwn(target: AnyClass): ClassMetadata | undefined {
  return Object.hasOwn(target, KEY) ? (target as Annotated)[KEY] : undefined;
}

function ownMetadata(target: AnyClass): ClassMetadata {
  const existing = readOwn(target);
  if (existing !== undefined) return existing;
  const created: ClassMetadata = { reducers: [], stateFields: [], subscriptionMethods: [] };
  Object.defineProperty(target, KEY, { value: created });
  return created;
}
