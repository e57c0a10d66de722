import type { RecordedEvent } from '../../event/recorded-event.js';
import { type StreamId, streamKeyOf } from '../../event/stream-id.js';
import type { EventStore } from '../../store/event-store.js';
import type { HistoryRecord } from './history-record.js';

export interface FinalStream {
  readonly stream: StreamId;
  /** Everything that is stored, in the order in which it is read. */
  readonly events: readonly RecordedEvent[];
}

/** What the streams hold when all is over; one that is not listed counts as empty. */
export type FinalStreams = readonly FinalStream[];

const READS_AT_ONCE = 16;

/**
 * Reads streams in full, strongly consistent. Call it when nothing is under way any more, and on a store that no fault
 * is injected into.
 * @throws StreamCorruptedError A stream has a gap or cannot be read.
 */
export async function readFinalStreams(store: EventStore, streams: Iterable<StreamId>): Promise<FinalStreams> {
  const distinct = [...new Map(Array.from(streams, (stream) => [streamKeyOf(stream), stream])).values()];
  const final: FinalStream[] = [];
  for (let start = 0; start < distinct.length; start += READS_AT_ONCE) {
    const batch = distinct.slice(start, start + READS_AT_ONCE);
    final.push(...(await Promise.all(batch.map((stream) => readFinalStream(store, stream)))));
  }
  return final;
}

/** Every stream that a history is about, once; for `readFinalStreams`. */
export function streamsOf(records: Iterable<HistoryRecord>): StreamId[] {
  const streams = new Map<string, StreamId>();
  for (const record of records) for (const stream of streamsOfRecord(record)) streams.set(streamKeyOf(stream), stream);
  return [...streams.values()];
}

export function streamsOfRecord(record: HistoryRecord): StreamId[] {
  return record.kind === 'read' ? [record.stream] : record.targets.map(({ stream }) => stream);
}

async function readFinalStream(store: EventStore, stream: StreamId): Promise<FinalStream> {
  const events: RecordedEvent[] = [];
  for await (const event of store.read(stream, { consistency: 'strong' })) events.push(event);
  return { stream, events };
}
