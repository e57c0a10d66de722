import { describeStream } from '../../event/stream-id.js';
import type { Histories } from './histories.js';
import type { HistoryRecord, WriteRecord } from './history-record.js';
import {
  mayHaveWritten,
  wasAcknowledged,
  type Attempt,
  type LogicalWrite,
  type StoredCommit,
  type StreamHistory,
} from './stream-history.js';
import { describeOperation, describeVersions, type Violations } from './violation.js';

/**
 * Writes to several streams are stored in all of them or in none.
 * @returns Those that are not.
 */
export function checkAtomicity(
  histories: Histories,
  records: readonly HistoryRecord[],
  violations: Violations,
): ReadonlySet<WriteRecord> {
  const torn = new Set<WriteRecord>();
  for (const record of records) {
    if (record.kind !== 'write' || record.targets.length < 2) continue;
    const targets = record.targets
      .filter(({ events }) => events !== 0)
      .flatMap(({ stream }) => histories.of(stream) ?? []);
    const missing = targets.filter((history) => !isStoredIn(history, record));
    const [first] = missing;
    if (first === undefined || missing.length === targets.length) continue;
    torn.add(record);
    const names = (list: readonly StreamHistory[]) => list.map(({ stream }) => describeStream(stream)).join(', ');
    const stored = names(targets.filter((history) => !missing.includes(history)));
    const message = `${describeOperation(record)} is stored in ${stored}, but not in ${names(missing)}.`;
    violations.add('torn', first.stream, message, [record]);
  }
  return torn;
}

function isStoredIn(history: StreamHistory, record: WriteRecord): boolean {
  const commits = history.writeOf(record)?.commits ?? [];
  return commits.some(({ writer }) => writer === undefined || writer.record === record);
}

/** What was acknowledged is there, once, and where the answer says; what was refused is not. */
export function checkWrites(history: StreamHistory, torn: ReadonlySet<WriteRecord>, violations: Violations): void {
  for (const write of history.writes.values()) {
    const [commit] = write.commits;
    if (commit === undefined) {
      checkMissing(history, write, torn, violations);
      continue;
    }
    for (const each of write.commits) checkRefusals(history, write, each, violations);
    if (write.commits.length > 1) checkDuplicates(history, write, violations);
    else {
      checkSize(history, write, commit, violations);
      checkPlace(history, write, commit, violations);
    }
  }
}

function checkMissing(
  history: StreamHistory,
  { attempts }: LogicalWrite,
  torn: ReadonlySet<WriteRecord>,
  violations: Violations,
): void {
  const { stream } = history;
  const missed = attempts.filter(
    (attempt) =>
      wasAcknowledged(attempt) &&
      attempt.target.events !== 0 &&
      !torn.has(attempt.record) &&
      !isElsewhere(history, attempt),
  );
  if (missed.length === 0) return;
  const answers = missed.map(({ record, version }) => `${at(version)} to ${describeOperation(record)}`).join(' and ');
  violations.add(
    'lost',
    stream,
    `${describeStream(stream)}: acknowledged ${answers}, but not stored; the stream ends at version ${history.version}.`,
    missed.map(({ record }) => record),
  );
}

/** Without a key nobody knows which attempt the answer speaks of; it is one that ends there. */
function isElsewhere(history: StreamHistory, { record, version }: Attempt): boolean {
  if (record.key !== undefined || record.outcome.kind !== 'acknowledged' || record.outcome.repeated !== true)
    return false;
  return version === undefined || history.commitAt(version)?.last === version;
}

function checkRefusals(
  { stream }: StreamHistory,
  write: LogicalWrite,
  commit: StoredCommit,
  violations: Violations,
): void {
  const { writer, first, last } = commit;
  const writers = writer === undefined ? write.attempts : [writer];
  if (writers.some(mayHaveWritten)) return;
  const records = writers.map(({ record }) => record);
  const kinds = records
    .map((record) => `${describeOperation(record)} ended with "${record.outcome.kind}"`)
    .join(' and ');
  violations.add(
    'resurrected',
    stream,
    `${describeStream(stream)}: ${kinds}, but is stored at ${describeVersions(first, last)}.`,
    records,
  );
}

function checkDuplicates({ stream }: StreamHistory, { attempts, commits }: LogicalWrite, violations: Violations): void {
  // A commit in several pieces is reported as such.
  if (new Set(commits.map(({ commitId }) => commitId)).size === 1) return;
  const places = commits.map(({ first, last }) => describeVersions(first, last)).join(' and ');
  const records = attempts.map(({ record }) => record);
  const names = records.map(describeOperation).join(' and ');
  violations.add('duplicated', stream, `${describeStream(stream)}: ${names} is stored at ${places}.`, records);
}

function checkSize({ stream }: StreamHistory, write: LogicalWrite, commit: StoredCommit, violations: Violations): void {
  const writers = commit.writer === undefined ? write.attempts : [commit.writer];
  const sizes = new Set(writers.map(({ target }) => target.events));
  const [size] = sizes;
  if (sizes.size > 1 || size === undefined || size === 0 || size === commit.size) return;
  const records = writers.map(({ record }) => record);
  violations.add(
    commit.size < size ? 'torn' : 'phantom',
    stream,
    `${describeStream(stream)}: ${records.map(describeOperation).join(' and ')} wrote ${size} events, ` +
      `but ${commit.size} are stored, at ${describeVersions(commit.first, commit.last)}.`,
    records,
  );
}

function checkPlace(
  { stream }: StreamHistory,
  write: LogicalWrite,
  commit: StoredCommit,
  violations: Violations,
): void {
  const stored = `but is stored at ${describeVersions(commit.first, commit.last)}.`;
  const misled = write.attempts.filter(
    (attempt) =>
      wasAcknowledged(attempt) && attempt.target.events !== 0 && (attempt.version ?? commit.last) !== commit.last,
  );
  for (const { record, version } of misled) {
    const message = `${describeStream(stream)}: ${describeOperation(record)} was acknowledged ${at(version)}, ${stored}`;
    violations.add('wrong-version', stream, message, [record]);
  }
  const { record, target } = commit.writer ?? {};
  if (misled.length > 0 || record === undefined || (target?.expected ?? commit.first - 1) === commit.first - 1) return;
  const message = `${describeStream(stream)}: ${describeOperation(record)} was decided on version ${target?.expected}, ${stored}`;
  violations.add('wrong-version', stream, message, [record]);
}

function at(version: number | undefined): string {
  return version === undefined ? 'without a version' : `at version ${version}`;
}
