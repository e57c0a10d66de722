import { stateFieldsOf } from '../metadata/metadata-storage.js';
import { AggregateRoot, RESTORE, type AggregateClass } from './aggregate-root.js';
import { strictCopier, UncopyableValueError } from './copy-event.js';
import { hiddenStateFault } from './hidden-state.js';
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
  const fields = fieldsOf(aggregate);
  // By one copier, so that an object in two places of the state stays one object.
  const copyOf = strictCopier();
  for (const field of fields) assign(copy, field, copyOf(read(aggregate, field)));
  for (const field of fieldsOf(copy)) if (!fields.includes(field)) Reflect.deleteProperty(copy, field);
  copy[RESTORE](aggregate.version);
  return copy;
}

/** The part of the state that goes into a snapshot. */
export interface CapturedState {
  /** An object of the aggregate's class with the fields, for the serializer. */
  readonly state: object;
  /** Fields that are `undefined` or gone, which no serializer keeps apart from fields that it leaves out. */
  readonly absent: readonly string[];
}

/** Throws `TypeError` for a state that would not be the same again. */
export function snapshotStateOf(aggregate: AggregateRoot): CapturedState {
  const chosen = stateFieldsOf(aggregate.constructor);
  const fields = chosen.length === 0 ? fieldsOf(aggregate) : chosen;
  const symbol = fields.find((field) => typeof field === 'symbol');
  if (symbol !== undefined)
    throw new TypeError(
      `its field ${String(symbol)} has no name that could be stored; mark fields with @SnapshotState`,
    );
  const state = Object.create(aggregate.constructor.prototype as object) as object;
  for (const field of fields) define(state, field, read(aggregate, field));
  const shared = findShared(state);
  if (shared !== undefined)
    throw new TypeError(
      `${shared[0]} and ${shared[1]} are one object, and would be two after loading; freeze it, copy it, or keep an id`,
    );
  const expected = chosen.length === 0 ? fieldsOf(new (aggregate.constructor as AggregateClass)(aggregate.id)) : [];
  const absent = [...new Set([...fields, ...expected])].filter((field) => read(aggregate, field) === undefined);
  return { state, absent: absent.map(String) };
}

/** Inverse of `snapshotStateOf`. Fields that are not stored are as the constructor makes them. */
export function aggregateOfSnapshot<A extends AggregateRoot>(
  aggregateClass: AggregateClass<A>,
  id: string,
  { state, absent }: CapturedState,
  version: number,
): A {
  const fields = new Map<string | symbol, unknown>(Object.entries(state));
  for (const field of absent) fields.set(field, undefined);
  return fill(new aggregateClass(id), fields, version);
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
