import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import type { AnyClass } from './any-class.js';
import type { SnapshotOptions } from './snapshot-options.js';
import type { StandardSchema } from './standard-schema.js';
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
  /**
   * Schema of zod, valibot, ArkType or any other Standard Schema library that events of the class must satisfy to be
   * written. Only its verdict counts: what it would change or strip is stored as it is. Must be synchronous.
   */
  readonly schema?: StandardSchema;
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
  readonly personalFields: Map<string, PersonalDataOptions>;
  subject?: SubjectSource;
  storedValue?: StoredValueOptions;
  subscription?: SubscriptionDeclaration;
  readonly subscriptionMethods: SubscriptionMethod[];
}

/** An event in one of its versions. */
export interface UpcastTarget {
  readonly event: string;
  readonly version: number;
}

/** What `@Upcaster` takes. */
export interface UpcasterOptions {
  /** Name of the event, as in `@DomainEvent`. */
  readonly event: string;
  /** Schema version that is turned into the next one: a whole number from 1. */
  readonly from: number;
  /**
   * What it becomes. Default: the next version of the same event. One target: the upcaster returns its payload, and another
   * name renames the event. Several: the upcaster returns a list of `UpcastEvent`, and so splits it; it may leave some
   * targets out. None: the event is dropped.
   */
  readonly into?: readonly UpcastTarget[];
  /**
   * Events that must follow directly in the same commit, in these versions: all of them are merged. The upcaster gets
   * their payloads as further arguments. Where they do not follow, the upcaster without `with` applies.
   */
  readonly with?: readonly UpcastTarget[];
  /** Name of the store it belongs to. Default: the one without a name. */
  readonly store?: string;
}

/** What `@PersonalData` takes. */
export interface PersonalDataOptions {
  /**
   * What the field shows once its data subject is forgotten: a value as it may stand in the field, since reducers,
   * upcasters and projections get it then. Never changes for events that are stored already.
   */
  readonly fallback: unknown;
}

/** What `@StoredValue` has recorded. */
export interface StoredValueOptions {
  readonly name: string;
  readonly to?: (value: never) => unknown;
  readonly from?: (stored: never) => unknown;
}

/** Where the id of the data subject is: in a field, or it is that of the stream. */
export type SubjectSource = { readonly field: string } | 'stream';

let personalDataDeclared = false;

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

export function recordPersonalField(target: AnyClass, field: string, options: PersonalDataOptions): void {
  ownMetadata(target).personalFields.set(field, options);
  personalDataDeclared = true;
}

export function recordSubject(target: AnyClass, subject: SubjectSource): void {
  ownMetadata(target).subject = subject;
}

/** Whether any class of the process has a field marked with `@PersonalData`. */
export function declaresPersonalData(): boolean {
  return personalDataDeclared;
}

/** Fields marked with `@PersonalData` in the class and its bases. */
export function personalFieldsOf(target: AnyClass): ReadonlyMap<string, PersonalDataOptions> {
  return new Map(lineage(target).flatMap((each) => [...(readOwn(each)?.personalFields ?? [])]));
}

/** `@DataSubject` of the class or the nearest of its bases. */
export function subjectOf(target: AnyClass): SubjectSource | undefined {
  return lineage(target)
    .map((each) => readOwn(each)?.subject)
    .findLast((subject) => subject !== undefined);
}

/**
 * Classes with `@StoredValue` by name. On the global object, so that two copies of the package in one process know the same
 * ones. Where a module is loaded again, the newest class counts.
 */
const STORED_VALUES = Symbol.for('nestjs-dynamo-event-store.stored-values');

function storedValueClasses(): Map<string, AnyClass> {
  const known = Reflect.get(globalThis, STORED_VALUES) as Map<string, AnyClass> | undefined;
  if (known !== undefined) return known;
  const classes = new Map<string, AnyClass>();
  Reflect.set(globalThis, STORED_VALUES, classes);
  return classes;
}

/** Throws `InvalidDefinitionError` for options that cannot be meant. */
export function recordStoredValue(target: AnyClass, options: StoredValueOptions): void {
  const { name, to, from } = options;
  const faults: string[] = [];
  if (typeof name !== 'string' || name === '' || !name.isWellFormed())
    faults.push('The name of @StoredValue must be well-formed text that is not empty.');
  if ((to === undefined) !== (from === undefined)) faults.push('@StoredValue needs both to and from, or neither.');
  if (faults.length > 0) throw new InvalidDefinitionError(`Stored value ${target.name}`, faults);
  ownMetadata(target).storedValue = options;
  storedValueClasses().set(name, target);
}

/** `@StoredValue` of exactly this class: a subclass is another value. */
export function storedValueOf(target: AnyClass): StoredValueOptions | undefined {
  return readOwn(target)?.storedValue;
}

export function storedValueNamed(name: string): AnyClass | undefined {
  return storedValueClasses().get(name);
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
  const created: ClassMetadata = { reducers: [], stateFields: [], personalFields: new Map(), subscriptionMethods: [] };
  Object.defineProperty(target, KEY, { value: created });
  return created;
}
