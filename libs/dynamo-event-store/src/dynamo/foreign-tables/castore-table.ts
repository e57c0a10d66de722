import { InvalidArgumentError } from '../../errors/argument-errors.js';
import type { ForeignEvent, ForeignFault, ForeignSource } from '../../transfer/foreign-events.js';
import type { Item } from '../item-size.js';
import { sharesOf, type ForeignTableOptions } from './foreign-table.js';
import { plainValue } from './plain-value.js';

export interface CastoreTableOptions extends ForeignTableOptions {
  /**
   * Of a table of castore's legacy adapter, which holds one event store and does not name it: the id of that event store.
   * Leave it out for a table of the single-table adapter.
   */
  readonly legacyEventStoreId?: string;
}

/**
 * A table of `@castore/event-storage-adapter-dynamodb`, of its single-table or its legacy adapter. The default mapping
 * makes the event store id the aggregate name.
 */
export function castoreTable(options: CastoreTableOptions): ForeignSource {
  const { tableName, legacyEventStoreId } = options;
  if (legacyEventStoreId === '')
    throw new InvalidArgumentError('legacyEventStoreId', 'must be a name that is not empty.');
  const shares = sharesOf(options, (items) => eventsOf(items, legacyEventStoreId));
  return { name: 'castore', table: tableName, shares };
}

async function* eventsOf(
  items: AsyncIterable<Item>,
  legacyEventStoreId: string | undefined,
): AsyncGenerator<ForeignEvent | ForeignFault, void, undefined> {
  let key: string | undefined;
  let stream: ForeignFault['stream'];
  for await (const item of items) {
    const itsKey = item['aggregateId']?.S ?? '';
    if (itsKey !== key) {
      key = itsKey;
      stream = streamOf(itsKey, legacyEventStoreId, item['eventStoreId']?.S);
    }
    yield eventOf(item, itsKey, stream);
  }
}

/** The first event of a stream names its store, which may contain the separator; else the key is cut at the first one. */
function streamOf(key: string, legacyId: string | undefined, named: string | undefined): ForeignFault['stream'] {
  if (legacyId !== undefined) return key === '' ? undefined : { store: legacyId, id: key };
  const length = named !== undefined && key.startsWith(`${named}#`) ? named.length : key.indexOf('#');
  const [store, id] = [key.slice(0, length), key.slice(length + 1)];
  return length < 1 || id === '' ? undefined : { store, id };
}

function eventOf(item: Item, key: string, stream: ForeignFault['stream']): ForeignEvent | ForeignFault {
  const { version, type, timestamp, payload, metadata } = item;
  const place = `${key} ${version?.N ?? '?'}`;
  const sequence = Number(version?.N);
  const recordedAt = new Date(timestamp?.S ?? NaN);
  const fault = (text: string): ForeignFault => ({ stream, place, fault: text });
  if (stream === undefined) return fault('aggregateId is not <event store>#<id>');
  if (type?.S === undefined || type.S === '') return fault('type is missing');
  if (Number.isNaN(recordedAt.getTime())) return fault(`timestamp is not a date (${timestamp?.S ?? 'missing'})`);
  return {
    ...stream,
    sequence,
    type: type.S,
    schema: undefined,
    recordedAt,
    payload: payload && plainValue(payload),
    metadata: metadata && plainValue(metadata),
  };
}
