import { isRecord } from '../event/value-kind.js';

/** An event of another event store, as it lies there. */
export interface ForeignEvent {
  /** Event store or aggregate type that its stream belongs to. */
  readonly store: string;
  readonly id: string;
  /** Its place in its stream. */
  readonly sequence: number;
  readonly type: string;
  /** Version of its schema as it is stored, if there is one. */
  readonly schema: string | undefined;
  readonly recordedAt: Date | undefined;
  readonly payload: unknown;
  readonly metadata: unknown;
}

/** An item of a foreign table that is not an event, or that cannot be read. The rest of its stream is not migrated. */
export interface ForeignFault {
  /** Stream that it belongs to, if its key tells. */
  readonly stream: Pick<ForeignEvent, 'store' | 'id'> | undefined;
  readonly place: string;
  readonly fault: string;
}

/** A table of another event store. */
export interface ForeignSource {
  /** Name of the system; part of the ids of migrated commits. */
  readonly name: string;
  readonly table: string;
  /**
   * Shares of the table, to be read side by side: each foreign stream together and in order of its sequence, in one
   * share. For one iteration each.
   */
  readonly shares: readonly AsyncIterable<ForeignEvent | ForeignFault>[];
}

/** An event as it is to be stored here. */
export interface MappedEvent {
  readonly aggregate: string;
  readonly id: string;
  readonly tenant?: string;
  /** Name of the event. When a class is registered under it, the event is stored as one of that class. */
  readonly type: string;
  /** Schema version of the payload: a whole number from 1. */
  readonly schemaVersion: number;
  /** JSON, in which `Date`, `bigint`, `Map`, `Set` and bytes survive. */
  readonly payload: unknown;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly recordedAt: Date;
}

export type EventMapping = (event: ForeignEvent) => MappedEvent | undefined;

/**
 * The mapping that is used where none is given: store → aggregate, type → type; the leading whole number of the schema →
 * schema version, else 1; no payload → `{}`; metadata that is not an object → `{ value }`; no time → the epoch, 1970.
 * Your own may begin with it: `(event) => ({ ...mapForeignEvent(event), aggregate: 'user' })`.
 */
export function mapForeignEvent(event: ForeignEvent): MappedEvent {
  const { store, id, type, schema, recordedAt = new Date(0), payload = {}, metadata } = event;
  const major = Number(/^\d+/.exec(schema ?? '')?.[0] ?? 1);
  return {
    aggregate: store,
    id,
    type,
    schemaVersion: Math.max(1, major),
    payload,
    ...(metadata === undefined ? {} : { metadata: isRecord(metadata) ? metadata : { value: metadata } }),
    recordedAt,
  };
}
