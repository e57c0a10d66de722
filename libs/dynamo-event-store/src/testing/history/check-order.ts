import { describeStream } from '../../event/stream-id.js';
import { earliestAnswer, type StoredCommit, type StreamHistory } from './stream-history.js';
import type { Timeline } from './timeline.js';
import { describeOperation, describeVersions, type Violations } from './violation.js';

/** What was acknowledged before something else began stands before it in the stream. */
export function checkOrder(history: StreamHistory, timeline: Timeline, violations: Violations): void {
  const { stream, commits } = history;
  const reported = new Set<StoredCommit>();
  for (const commit of commits) {
    const answer = commit.write?.commits[0] === commit ? earliestAnswer(commit.write) : undefined;
    if (answer === undefined) continue;
    timeline.reached(commit.last, answer.record, answer.record.endedAt);
    const newest = history.newestUpTo(commit.first);
    const author = newest?.writer ?? newest?.write?.attempts[0];
    if (newest === undefined || author === undefined || newest.startedAt <= (answer.record.endedAt ?? Infinity))
      continue;
    if (reported.has(newest)) continue;
    reported.add(newest);
    violations.add(
      'order',
      stream,
      `${describeStream(stream)}: ${describeOperation(author.record)} stands at ${describeVersions(newest.first, newest.last)}, ` +
        `but ${describeVersions(commit.first, commit.last)} had been acknowledged to ${describeOperation(answer.record)} before it started.`,
      [author.record, answer.record],
    );
  }
}
