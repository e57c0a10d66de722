import { describeStream, sameStream } from '../../event/stream-id.js';
import type { ReportedConflict, WriteRecord } from './history-record.js';
import type { StoredCommit, StreamHistory } from './stream-history.js';
import type { Timeline } from './timeline.js';
import { describeOperation, type Violations } from './violation.js';

/** Whoever was refused for a conflict was really late: another operation's events stand where its own would have gone. */
export function checkConflicts(history: StreamHistory, timeline: Timeline, violations: Violations): void {
  for (const { record, conflict } of history.conflicts) {
    const fault = faultOf(history, record, conflict);
    if (fault !== undefined) {
      const { expected, actual } = conflict;
      const report = `expected version ${expected}, found ${actual === undefined ? 'another' : `version ${actual}`}`;
      const message = `${describeStream(history.stream)}: ${describeOperation(record)} was refused (${report}), but ${fault}.`;
      violations.add('false-conflict', history.stream, message, [record]);
      continue;
    }
    timeline.reached(conflict.actual ?? 0, record, record.endedAt);
    if (reasonOf(conflict) === 'ahead')
      timeline.claim({
        atMost: conflict.expected - 1,
        rule: 'false-conflict',
        operation: record,
        says: `was refused since the stream had not come to version ${conflict.expected}`,
      });
  }
}

function faultOf(history: StreamHistory, record: WriteRecord, conflict: ReportedConflict): string | undefined {
  const { expected, actual } = conflict;
  const decidedOn = record.targets.find(({ stream }) => sameStream(stream, history.stream))?.expected;
  if (decidedOn !== undefined && decidedOn !== expected) return `it was decided on version ${decidedOn}`;
  if (actual !== undefined && actual > history.version) return `the stream ends at version ${history.version}`;
  const inTime = actual === undefined ? undefined : faultOfTime(history, record, actual);
  return inTime ?? FAULTS[reasonOf(conflict)](history, record, conflict);
}

type FaultOf = (history: StreamHistory, record: WriteRecord, conflict: ReportedConflict) => string | undefined;

const FAULTS: Record<NonNullable<ReportedConflict['reason']>, FaultOf> = {
  'moved-on': (history, record, { expected, actual }) => {
    if (actual !== undefined && actual <= expected) return `version ${actual} is not beyond version ${expected}`;
    return faultOfWinner(history, record, expected + 1);
  },
  'inside-commit': (history, record, { expected, actual }) => {
    const commit = history.commitAt(expected);
    if (commit === undefined || commit.last === expected) return `version ${expected} is not inside a commit`;
    if (actual !== undefined && actual !== commit.last) return `that commit ends at version ${commit.last}`;
    return faultOfWinner(history, record, expected + 1);
  },
  ahead: (_history, _record, { expected, actual }) =>
    actual !== undefined && actual >= expected ? `version ${actual} is not below version ${expected}` : undefined,
};

/** Why the event at a version is no ground for the refusal. */
function faultOfWinner(history: StreamHistory, record: WriteRecord, version: number): string | undefined {
  const winner = history.commitAt(version);
  if (winner === undefined) return `nothing stands at version ${version}`;
  if (winner.write !== undefined && winner.write === history.writeOf(record))
    return `version ${version} is its own, from an earlier attempt`;
  return faultOfTime(history, record, version);
}

/** Why the stream cannot have had a version before the operation ended. */
function faultOfTime(history: StreamHistory, record: WriteRecord, version: number): string | undefined {
  const newest = history.newestUpTo(version);
  if (newest === undefined || !startedAfter(newest, record)) return undefined;
  return `version ${version} cannot have been there: ${describeWriter(newest)} started only after that`;
}

function startedAfter(commit: StoredCommit, { endedAt }: { readonly endedAt: number | undefined }): boolean {
  return commit.startedAt > (endedAt ?? Infinity);
}

function describeWriter({ writer, first }: StoredCommit): string {
  return writer === undefined ? `the writer of version ${first}` : describeOperation(writer.record);
}

function reasonOf({ expected, actual, reason }: ReportedConflict): NonNullable<ReportedConflict['reason']> {
  return reason ?? (actual !== undefined && actual < expected ? 'ahead' : 'moved-on');
}
