import { InvalidArgumentError } from '../../errors/argument-errors.js';
import { EventSerializationError } from '../../errors/event-errors.js';
import { InvalidDefinitionError } from '../../errors/invalid-definition-error.js';
import { ViewSerializationError } from '../../errors/read-model-errors.js';
import { describeStream, type StreamId } from '../../event/stream-id.js';
import type { JsonValue } from '../../event/json-value.js';
import { decodeValue, encodeValue } from '../../event/value-codec.js';
import { define } from '../../event/value-kind.js';
import type { ViewIndex } from '../../projection/view.js';
import type { Item } from '../item-size.js';
import { indexNames, indexPartition, keyOfViewItem, MAX_SORT_KEY_BYTES, VIEW, type AnyView } from './view-schema.js';

/** An item of a view as it is stored. */
export interface StoredView {
  readonly key: string;
  /** JSON text of the value, increments included; absent on an item that only holds the progress. */
  readonly text: string | undefined;
  /** Personal data that stands in the text as fallbacks. */
  readonly sealed?: string | undefined;
  readonly version: number | undefined;
  readonly revision: number | undefined;
  readonly aggregate: string | undefined;
}

/** @throws ViewSerializationError The value cannot be kept as it is. */
export function encodeView(view: AnyView, key: string, value: unknown): string {
  try {
    return JSON.stringify(encodeValue(value, `view ${view.name}`));
  } catch (cause) {
    if (cause instanceof EventSerializationError) throw new ViewSerializationError(view.name, key, cause.path, cause);
    throw cause;
  }
}

export function decodeView(text: string): unknown {
  return decodeValue(JSON.parse(text) as JsonValue);
}

/** The value with amounts added to some of its fields. */
export function withIncrements(text: string, by: Readonly<Record<string, number>>): string {
  const entries = Object.entries(by);
  if (entries.length === 0) return text;
  const value = JSON.parse(text) as Record<string, JsonValue>;
  for (const [field, amount] of entries) {
    const before = value[field];
    define(value, field, (typeof before === 'number' ? before : 0) + amount);
  }
  return JSON.stringify(value);
}

export function fromViewItem(item: Item): StoredView {
  const number = (name: string) => (item[name]?.N === undefined ? undefined : Number(item[name].N));
  const state = item[VIEW.state]?.S;
  const counters = Object.keys(item).filter((name) => name.startsWith(VIEW.counterPrefix));
  const by = Object.fromEntries(counters.map((name) => [name.slice(1), number(name) ?? 0]));
  return {
    key: keyOfViewItem(item[VIEW.partitionKey]?.S ?? ''),
    text: state === undefined ? undefined : withIncrements(state, by),
    sealed: item[VIEW.sealed]?.S,
    version: number(VIEW.version),
    revision: number(VIEW.revision),
    aggregate: item[VIEW.aggregate]?.S,
  };
}

/** Attributes for the value and the indexes that it is in. */
export function valueAttributes(
  view: AnyView,
  generation: number,
  tenant: string | undefined,
  key: string,
  { text, sealed }: Pick<StoredView, 'sealed'> & { readonly text: string },
): Item {
  const attributes: Item = { [VIEW.state]: { S: text } };
  if (sealed !== undefined) attributes[VIEW.sealed] = { S: sealed };
  const value = view.indexes.length === 0 ? undefined : decodeView(text);
  for (const [place, { name, index }] of view.indexes.entries()) {
    const entry = indexEntry(name, index, value as never, key);
    if (entry === undefined) continue;
    const names = indexNames(place);
    attributes[names.partition] = { S: indexPartition(view, generation, tenant, entry.partition) };
    attributes[names.sort] = { S: entry.sort };
  }
  return attributes;
}

/** Whatever an index function does, the error says which one, and that it was the view's. */
function indexEntry(name: string, index: ViewIndex<never>, value: never, key: string) {
  const argument = `index ${name}`;
  let partition: unknown;
  let sort: unknown;
  try {
    partition = index.partition(value);
    sort = partition === undefined || index.sort === undefined ? key : index.sort(value);
  } catch (cause) {
    throw new InvalidArgumentError(argument, `failed on item ${key}.`, cause);
  }
  if (partition === undefined) return undefined;
  if (typeof partition !== 'string' || !partition.isWellFormed())
    throw new InvalidArgumentError(argument, `has no well-formed text for a partition on item ${key}.`);
  if (typeof sort !== 'string' || sort === '' || !sort.isWellFormed() || Buffer.byteLength(sort) > MAX_SORT_KEY_BYTES)
    throw new InvalidArgumentError(
      argument,
      `must sort item ${key} by well-formed text of 1 to ${MAX_SORT_KEY_BYTES} bytes.`,
    );
  return { partition, sort };
}

/**
 * Whether an item that is keyed by stream is kept for this stream, and in the way that this projection keeps it. Keys are
 * ids alone, so two aggregates with one id would take the item from each other.
 */
export function isOf(stored: StoredView, stream: StreamId, isProgress: boolean): boolean {
  return stored.aggregate === stream.aggregate && (stored.revision === undefined) === isProgress;
}

/** @throws InvalidDefinitionError The item is another aggregate's, or was kept in another way. */
export function checkIsOf(view: AnyView, stored: StoredView, stream: StreamId, isProgress: boolean): void {
  if (isOf(stored, stream, isProgress)) return;
  const fault =
    stored.aggregate === stream.aggregate
      ? `the projection had ${isProgress ? 'several views' : 'one view'} when item ${stored.key} was stored; raise its version.`
      : `it is keyed by stream, but ${describeStream(stream)} and ${stored.aggregate}/${stored.key} have the same id; ` +
        'follow one aggregate, or key it by keys of your own.';
  throw new InvalidDefinitionError(`View ${view.name}`, [fault]);
}
