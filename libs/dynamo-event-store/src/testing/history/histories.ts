import { InvalidArgumentError } from '../../errors/argument-errors.js';
import type { RecordedEvent } from '../../event/recorded-event.js';
import { describeStream, type StreamId, streamKeyOf } from '../../event/stream-id.js';
import type { FinalStreams } from './final-streams.js';
import type { HistoryRecord, WriteRecord } from './history-record.js';
import { mayHaveWritten, StreamHistory, writeNameOf, type StoredCommit } from './stream-history.js';

export interface HistorySource {
  readonly records: readonly HistoryRecord[];
  readonly final: FinalStreams;
  readonly operationOf: (event: RecordedEvent) => string | undefined;
  readonly ignore: (stream: StreamId) => boolean;
}

/** Sorts records and final events by stream, and finds the writer of every commit. */
export class Histories {
  private readonly byStream = new Map<string, StreamHistory | undefined>();
  private readonly byId = new Map<string, WriteRecord>();

  constructor(private readonly source: HistorySource) {
    checkIds(source.records);
    for (const record of source.records) this.addRecord(record);
    for (const { stream, events } of source.final) {
      const history = this.of(stream);
      if (history === undefined) continue;
      if (history.events.length > 0)
        throw new InvalidArgumentError('final', `${describeStream(stream)} is listed twice.`);
      this.addEvents(history, events);
    }
  }

  /** `undefined` for a stream that is to be ignored. */
  of(stream: StreamId): StreamHistory | undefined {
    const key = streamKeyOf(stream);
    const known = this.byStream.get(key);
    if (known !== undefined || this.byStream.has(key)) return known;
    const history = this.source.ignore(stream) ? undefined : new StreamHistory(stream);
    this.byStream.set(key, history);
    return history;
  }

  all(): StreamHistory[] {
    return [...this.byStream.values()].filter((history) => history !== undefined);
  }

  private addRecord(record: HistoryRecord): void {
    if (record.kind === 'read') {
      this.of(record.stream)?.reads.push(record);
      return;
    }
    this.byId.set(record.id, record);
    const { outcome } = record;
    record.targets.forEach((target, index) => {
      const version = outcome.kind === 'acknowledged' ? outcome.versions[index] : undefined;
      this.of(target.stream)?.addAttempt({ record, target, version });
    });
    if (outcome.kind !== 'refused') return;
    for (const conflict of outcome.conflicts ?? []) this.of(conflict.stream)?.conflicts.push({ record, conflict });
  }

  private addEvents(history: StreamHistory, events: readonly RecordedEvent[]): void {
    history.events = events;
    for (let start = 0, end = 1; start < events.length; start = end++) {
      while (end < events.length && events[end]?.commitId === events[start]?.commitId) end += 1;
      history.addCommit(this.commitOf(history, events.slice(start, end)));
    }
  }

  private commitOf(history: StreamHistory, events: readonly RecordedEvent[]): StoredCommit {
    const [head, tail] = [events[0], events.at(-1)] as [RecordedEvent, RecordedEvent];
    const operation = this.source.operationOf(head);
    const author = this.authorOf(history, operation);
    return {
      commitId: head.commitId,
      first: head.version,
      last: tail.version,
      size: events.length,
      operation,
      uniform: events.every((event) => this.source.operationOf(event) === operation),
      startedAt: startOf(author),
      ...author,
    };
  }

  private authorOf(history: StreamHistory, operation: string | undefined): Author {
    if (operation === undefined) return NOBODY;
    const record = this.byId.get(operation);
    if (record === undefined) return { ...NOBODY, write: history.writes.get(writeNameOf({ id: '', key: operation })) };
    const write = history.writeOf(record);
    const writer = write?.attempts.find((attempt) => attempt.record === record);
    return writer === undefined ? NOBODY : { write, writer };
  }
}

type Author = Pick<StoredCommit, 'write' | 'writer'>;

const NOBODY: Author = { write: undefined, writer: undefined };

/** Minus infinity for an event without a recorded operation: nothing is known of when it came. */
function startOf({ write, writer }: Author): number {
  if (writer !== undefined) return writer.record.startedAt;
  const attempts = (write?.attempts ?? []).filter(mayHaveWritten);
  if (attempts.length === 0) return -Infinity;
  return attempts.reduce((earliest, { record }) => Math.min(earliest, record.startedAt), Infinity);
}

function checkIds(records: readonly HistoryRecord[]): void {
  const ids = new Set<string>();
  for (const { id } of records) {
    if (ids.has(id)) throw new InvalidArgumentError('records', `two operations have the id "${id}".`);
    ids.add(id);
  }
}
