import { createHash } from 'node:crypto';
import { stateFieldsOf } from '../metadata/metadata-storage.js';
import { AggregateRoot, RESTORE, type AggregateClass } from './aggregate-root.js';
import { stateCopier, UncopyableValueError } from './copy-state.js';
import { hiddenStateFault } from './hidden-fields.js';
import { findShared } from './shared-values.js';

class Bare extends AggregateRoot {}
/** Fields that belong to the base classes: identity, recorded events, settings. */
const BASE_FIELDS: ReadonlySet<string | symbol> = new Set(Reflect.ownKeys(new Bare('')));

/**
 * Another aggregate with the same state and version that shares nothing changeable with the first.
 * Throws `UncopyableValueError` when the state holds what cannot be copied.
 */
export function copyAggregate<A extends AggregateRoot>(aggregate: A): A {
  const fault = hiddenStateFault(aggregate.constructor);
  if (fault !== undefined) throw new UncopyableValueError(fault);
  const copy = new (aggregate.constructor as AggregateClass<A>)(aggregate.id);
  const changed = changedFunctionOf(aggregate, copy);
  if (changed !== undefined)
    throw new UncopyableValueError(`its field ${changed} holds another function than at first`);
  const fields = fieldsOf(aggregate);
  // By one copier, so that an object in two places of the state stays one object.
  const copyOf = stateCopier();
  for (const field of fields) assign(copy, field, copyOf(read(aggregate, field)));
  for (const field of fieldsOf(copy)) if (!fields.includes(field)) Reflect.deleteProperty(copy, field);
  copy[RESTORE](aggregate.version);
  return copy;
}

/** The part of the state that goes into a snapshot. */
export interface CapturedState {
  /** An object of the aggregate's class with the fields, for the serializer. */
  readonly state: object;
  /** Fields that are `undefined`. */
  readonly absent: readonly string[];
  /** Fields that the constructor makes, and a reducer has deleted. */
  readonly deleted: readonly string[];
  /** Tells the fields of the class, as they were when the state was captured. */
  readonly fields: string;
}

/** What a snapshot says of a state. */
type StoredShape = Pick<CapturedState, 'state' | 'absent'> & {
  readonly [K in 'deleted' | 'fields']?: CapturedState[K] | undefined;
};

/** Throws `TypeError` for a state that would not be the same again. */
export function snapshotStateOf(aggregate: AggregateRoot): CapturedState {
  const chosen = stateFieldsOf(aggregate.constructor);
  const made = chosen.length > 0 ? chosen : fieldsMadeBy(aggregate.constructor as AggregateClass, aggregate.id);
  const fields = chosen.length > 0 ? chosen : fieldsOf(aggregate);
  const changed =
    chosen.length > 0
      ? undefined
      : changedFunctionOf(aggregate, new (aggregate.constructor as AggregateClass)(aggregate.id));
  if (changed !== undefined)
    throw new TypeError(`its field ${changed} holds another function than at first, which cannot be stored`);
  const symbol = fields.find((field) => typeof field === 'symbol');
  if (symbol !== undefined)
    throw new TypeError(
      `its field ${String(symbol)} has no name that could be stored; mark fields with @SnapshotState`,
    );
  const state = Object.create(aggregate.constructor.prototype as object) as object;
  for (const field of fields) if (read(aggregate, field) !== undefined) define(state, field, read(aggregate, field));
  const shared = findShared(state);
  if (shared !== undefined)
    throw new TypeError(
      `${shared[0]} and ${shared[1]} are one object, and would be two after loading; freeze it, copy it, or keep an id`,
    );
  const all = [...new Set([...fields, ...made])];
  const absent = all.filter((field) => Object.hasOwn(aggregate, field) && read(aggregate, field) === undefined);
  const deleted = all.filter((field) => !Object.hasOwn(aggregate, field));
  return { state, absent: absent.map(String), deleted: deleted.map(String), fields: fingerprintOf(made) };
}

/** Inverse of `snapshotStateOf`. Fields that are not stored are as the constructor makes them. */
export function aggregateOfSnapshot<A extends AggregateRoot>(
  aggregateClass: AggregateClass<A>,
  id: string,
  { state, absent, deleted = [] }: StoredShape,
  version: number,
): A {
  const fields = new Map<string | symbol, unknown>(Object.entries(state));
  for (const field of absent) fields.set(field, undefined);
  const aggregate = fill(new aggregateClass(id), fields, version);
  for (const field of deleted) Reflect.deleteProperty(aggregate, field);
  return aggregate;
}

/**
 * Why a snapshot is of another shape of the class, so that a state made of it would not be the fold of the events;
 * `undefined` when it is of this one.
 */
export function shapeFaultOf(
  aggregateClass: AggregateClass,
  id: string,
  { state, absent, deleted = [], fields }: StoredShape,
): string | undefined {
  const chosen = stateFieldsOf(aggregateClass);
  const made = chosen.length > 0 ? chosen : fieldsMadeBy(aggregateClass, id);
  const held = new Set<string | symbol>([...Object.keys(state), ...absent, ...deleted]);
  const missing = made.find((field) => !held.has(field));
  if (missing !== undefined) return `the class has a field ${String(missing)}, of which it knows nothing`;
  return fields === undefined || fields === fingerprintOf(made)
    ? undefined
    : 'the class had other fields when it was taken';
}

/** Fields with a name that the constructor of the class makes. */
function fieldsMadeBy(aggregateClass: AggregateClass, id: string): readonly (string | symbol)[] {
  return fieldsOf(new aggregateClass(id)).filter((field) => typeof field === 'string');
}

function fingerprintOf(fields: readonly (string | symbol)[]): string {
  const names = fields.map(String).sort();
  return createHash('sha256').update(JSON.stringify(names)).digest('base64url').slice(0, 8);
}

function fill<A extends AggregateRoot>(aggregate: A, state: ReadonlyMap<string | symbol, unknown>, version: number): A {
  for (const [field, value] of state) define(aggregate, field, value);
  aggregate[RESTORE](version);
  return aggregate;
}

/** Own fields of the class and its bases. Functions and accessors are made by the constructor, and bound to their object. */
function fieldsOf(aggregate: AggregateRoot): (string | symbol)[] {
  return Reflect.ownKeys(aggregate).filter((field) => {
    if (BASE_FIELDS.has(field)) return false;
    const property = Object.getOwnPropertyDescriptor(aggregate, field);
    return property !== undefined && 'value' in property && typeof property.value !== 'function';
  });
}

/** A field whose function is not the one that the constructor makes, so that a new object would have another one. */
function changedFunctionOf(aggregate: AggregateRoot, fresh: AggregateRoot): string | undefined {
  for (const field of Reflect.ownKeys(aggregate)) {
    if (BASE_FIELDS.has(field)) continue;
    const property = Object.getOwnPropertyDescriptor(aggregate, field);
    const value: unknown = property?.value;
    if (typeof value !== 'function') continue;
    const made = read(fresh, field);
    const isMade = typeof made === 'function' && made.name === value.name && String(made) === String(value);
    if (!isMade) return String(field);
  }
  return undefined;
}

function read(aggregate: AggregateRoot, field: string | symbol): unknown {
  return (aggregate as unknown as Record<string | symbol, unknown>)[field];
}

/** Like `define`, and quicker where the constructor has made the field. */
function assign(target: object, field: string | symbol, value: unknown): void {
  const made = Object.getOwnPropertyDescriptor(target, field);
  if (made?.writable === true && made.enumerable === true) (target as Record<string | symbol, unknown>)[field] = value;
  else define(target, field, value);
}

function define(target: object, field: string | symbol, value: unknown): void {
  Object.defineProperty(target, field, { value, writable: true, enumerable: true, configurable: true });
}
