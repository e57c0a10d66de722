import { StreamCorruptedError } from '../../errors/store-errors.js';
import { describeStream } from '../../event/stream-id.js';
import type { HistoryRecord, ReadRecord, WriteRecord } from './history-record.js';
import type { StreamHistory } from './stream-history.js';
import type { Timeline } from './timeline.js';
import { describeOperation, describeVersions, type ViolatedRule, type Violations } from './violation.js';

/** What an operation saw of a stream: a read, or a write that checked the version of a stream it does not write to. */
interface Observation {
  readonly seen: ReadRecord;
  readonly operation: HistoryRecord;
}

/** What was seen is the stream: without holes, nothing before its time, and for strong reads nothing missing at the end. */
export function checkReads(
  history: StreamHistory,
  isWriter: (record: WriteRecord) => boolean,
  timeline: Timeline,
  violations: Violations,
): void {
  const reads = history.reads.map((read) => ({ seen: read, operation: read }));
  for (const observation of [...reads, ...checksOf(history, isWriter)])
    checkObservation(history, observation, timeline, violations);
}

/** Only the attempt that was stored has checked anything; a repetition merely finds that one. */
function checksOf(history: StreamHistory, isWriter: (record: WriteRecord) => boolean): Observation[] {
  return [...history.writes.values()]
    .flatMap(({ attempts }) => attempts)
    .filter(({ record, target }) => target.events === 0 && target.expected !== undefined && isWriter(record))
    .map(({ record, target: { stream, expected = 0 } }) => {
      const { id, process, startedAt, outcome } = record;
      const endedAt = outcome.kind === 'acknowledged' ? record.endedAt : Infinity;
      const what = { from: expected + 1, events: [], toEnd: true, version: expected } as const;
      const seen = { kind: 'read', id, process, stream, startedAt, endedAt, consistency: 'strong', ...what } as const;
      return { seen, operation: record };
    });
}

function checkObservation(
  history: StreamHistory,
  { seen, operation }: Observation,
  timeline: Timeline,
  violations: Violations,
): void {
  if (seen.endedAt === undefined) return;
  const fault = faultOf(history, seen);
  if (fault !== undefined) {
    const message = `${describeStream(history.stream)}: ${describeOperation(operation)} ${fault.says}.`;
    violations.add(fault.rule, history.stream, message, [operation, ...(fault.others ?? [])]);
  } else if (seen.consistency === 'strong') {
    timeline.reached(versionSeen(seen), operation, seen.endedAt);
    const end = endSeen(seen);
    if (seen.toEnd)
      timeline.claim({ atMost: end, rule: 'stale-read', operation, says: `found nothing after version ${end}` });
  }
}

interface Fault {
  readonly rule: ViolatedRule;
  /** Goes on after the operation. */
  readonly says: string;
  readonly others?: readonly HistoryRecord[];
}

function faultOf(history: StreamHistory, read: ReadRecord): Fault | undefined {
  return (
    faultOfError(read) ??
    faultOfSequence(read) ??
    faultOfContent(history, read) ??
    faultOfTime(history, read) ??
    faultOfEnd(history, read)
  );
}

function faultOfError({ error, consistency }: ReadRecord): Fault | undefined {
  if (!(error instanceof StreamCorruptedError) || consistency === 'eventual') return undefined;
  return { rule: 'incomplete-read', says: `was told that the stream is damaged: ${error.message.replace(/\.$/, '')}` };
}

/** The versions go up by one from the first that was asked for. */
function faultOfSequence({ from, events, version, toEnd }: ReadRecord): Fault | undefined {
  const place = events.findIndex((event, index) => event.version !== from + index);
  const found = events[place];
  if (found !== undefined)
    return { rule: 'incomplete-read', says: `saw version ${found.version} where version ${from + place} should be` };
  const last = events.at(-1)?.version ?? version;
  if (!toEnd || version === undefined || version === last) return undefined;
  return { rule: 'incomplete-read', says: `ends at version ${last}, but says that the stream is at ${version}` };
}

/** Every event that was seen is where it was seen. */
function faultOfContent(history: StreamHistory, read: ReadRecord): Fault | undefined {
  const moved = read.events.find(({ version, eventId }) => history.eventAt(version)?.eventId !== eventId);
  if (moved !== undefined) {
    const saw = `saw event ${moved.eventId} at version ${moved.version}, but`;
    const version = history.versionOfEvent(moved.eventId);
    if (version !== undefined) return { rule: 'order', says: `${saw} it is stored at version ${version}` };
    return { rule: 'lost', says: `${saw} it is not stored` };
  }
  const seen = versionSeen(read);
  if (seen === 0 || history.eventAt(seen) !== undefined) return undefined;
  return { rule: 'lost', says: `saw version ${seen}, but the stream ends at version ${history.version}` };
}

/** Nothing was seen before it can have been stored. */
function faultOfTime(history: StreamHistory, read: ReadRecord): Fault | undefined {
  const newest = history.newestUpTo(versionSeen(read));
  if (newest === undefined || newest.startedAt <= (read.endedAt ?? Infinity)) return undefined;
  const { writer, first, last } = newest;
  const who = writer === undefined ? 'a write' : describeOperation(writer.record);
  return {
    rule: 'order',
    says: `saw ${describeVersions(first, last)} of ${who}, which started only after that`,
    others: writer === undefined ? [] : [writer.record],
  };
}

/** A read that came to the end came to the end of a commit. */
function faultOfEnd(history: StreamHistory, read: ReadRecord): Fault | undefined {
  const seen = versionSeen(read);
  const commit = read.toEnd ? history.commitAt(seen) : undefined;
  if (commit === undefined || commit.last === seen) return undefined;
  const { first, last, writer } = commit;
  return {
    rule: 'torn',
    says: `ends at version ${seen}, inside the commit at ${describeVersions(first, last)}`,
    others: writer === undefined ? [] : [writer.record],
  };
}

/** The highest version that the read saw to be there; 0 when none. */
function versionSeen({ version, events }: ReadRecord): number {
  return version ?? events.at(-1)?.version ?? 0;
}

/** The version after which a read to the end saw nothing. */
function endSeen({ version, events, from }: ReadRecord): number {
  return version ?? events.at(-1)?.version ?? from - 1;
}
