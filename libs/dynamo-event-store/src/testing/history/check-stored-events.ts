import { describeStream } from '../../event/stream-id.js';
import type { StoredCommit, StreamHistory } from './stream-history.js';
import { describeVersions, type Violations } from './violation.js';

/** Versions 1 to n without a gap, no event twice, and every commit in one piece and written by one known operation. */
export function checkStoredEvents(history: StreamHistory, violations: Violations): void {
  checkVersions(history, violations);
  checkEventIds(history, violations);
  checkCommits(history, violations);
}

function checkVersions({ stream, events }: StreamHistory, violations: Violations): void {
  let last = 0;
  for (const { version } of events) {
    const found = `${describeStream(stream)} holds version ${version} after version ${last}`;
    if (version > last + 1)
      violations.add('gap', stream, `${found}: ${describeVersions(last + 1, version - 1)} missing.`);
    if (version === last) violations.add('duplicated', stream, `${found}: two events have one version.`);
    if (version < last) violations.add('order', stream, `${found}: it goes backwards.`);
    last = version;
  }
}

function checkEventIds({ stream, events }: StreamHistory, violations: Violations): void {
  const versions = new Map<string, number>();
  for (const { eventId, version } of events) {
    const earlier = versions.get(eventId);
    if (earlier === undefined) versions.set(eventId, version);
    else
      violations.add(
        'duplicated',
        stream,
        `${describeStream(stream)} holds event ${eventId} at version ${earlier} and again at version ${version}.`,
      );
  }
}

function checkCommits({ stream, commits }: StreamHistory, violations: Violations): void {
  const pieces = new Map<string, StoredCommit>();
  for (const commit of commits) {
    const { commitId, first, last, operation, uniform, write, writer } = commit;
    const found = `${describeStream(stream)} holds commit ${commitId} at ${describeVersions(first, last)}`;
    const writers = writer === undefined ? [] : [writer.record];
    const earlier = pieces.get(commitId);
    if (earlier === undefined) pieces.set(commitId, commit);
    else
      violations.add(
        'torn',
        stream,
        `${found} and at ${describeVersions(earlier.first, earlier.last)}: it is not in one piece.`,
        writers,
      );
    if (!uniform)
      violations.add('torn', stream, `${found}: its events say that different operations wrote them.`, writers);
    else if (write === undefined) violations.add('phantom', stream, `${found}: ${whoWrote(operation)}.`);
    else if (writer?.target.events === 0)
      violations.add('phantom', stream, `${found}: operation ${writer.record.id} only checked this stream.`, writers);
  }
}

function whoWrote(operation: string | undefined): string {
  return operation === undefined
    ? 'it does not say which operation wrote it'
    : `operation ${operation} has not written to this stream`;
}
