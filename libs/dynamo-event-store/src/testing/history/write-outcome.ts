import { InvalidArgumentError } from '../../errors/argument-errors.js';
import { ConcurrencyError } from '../../errors/concurrency-error.js';
import { isEventStoreError } from '../../errors/event-store-error.js';
import { StoreThrottledError } from '../../errors/request-errors.js';
import { sameStream, type StreamId } from '../../event/stream-id.js';
import type { ReportedConflict, WriteOutcome, WriteTarget } from './history-record.js';

interface VersionAnswer {
  readonly version: number;
  readonly stream?: StreamId;
  readonly repeated?: boolean;
}

/**
 * What a recorded write may answer: a `StreamHead`, or anything else with a `version`, or a bare version; for several
 * targets a list of them, one per target; nothing, when the answer says only that it is stored; or the outcome itself,
 * for calls that report refusals by other means than errors.
 */
export type WriteAnswer =
  | VersionAnswer
  | number
  | readonly (VersionAnswer | number)[]
  | WriteOutcome
  | undefined
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- what a function without an answer gives
  | void;

export function outcomeOfAnswer(answer: unknown, targets: readonly WriteTarget[]): WriteOutcome {
  if (isOutcome(answer)) return answer;
  if (answer === undefined) return { kind: 'acknowledged', versions: targets.map(() => undefined) };
  const answers: readonly unknown[] = Array.isArray(answer) ? answer : [answer];
  if (answers.every(isVersion)) {
    const versions = targets.map((target, index) => versionFor(target, index, answers));
    const repeated = answers.some((each) => typeof each === 'object' && each.repeated === true);
    return repeated ? { kind: 'acknowledged', versions, repeated } : { kind: 'acknowledged', versions };
  }
  throw new InvalidArgumentError(
    'run',
    'the recorded write answered something without a version; return a head, a version or a WriteOutcome from it.',
  );
}

/**
 * What an error says about the write that raised it. A conflict, every error that this library raises before it sends
 * anything, and throttling, which it tells only of what was not carried out, is a refusal. Every other error leaves it open
 * whether the write is stored.
 */
export function outcomeOfError(error: unknown): WriteOutcome {
  if (error instanceof ConcurrencyError) return { kind: 'refused', error, conflicts: conflictsOf(error) };
  if (error instanceof StoreThrottledError) return { kind: 'refused', error };
  if (!isEventStoreError(error) || error.retryable || wasSent(error)) return { kind: 'unknown', error };
  return { kind: 'refused', error };
}

// The request that the database refused at last may be the repetition of one that it had carried out.
function wasSent(error: Error): boolean {
  return 'operation' in error && 'table' in error;
}

function conflictsOf({ conflicts }: ConcurrencyError): readonly ReportedConflict[] {
  return conflicts.map(({ stream, expected, actual, reason }) => ({ stream, expected, actual, reason }));
}

/** Heads name their stream and may come in any order, or for some targets only; bare versions come in the order of the targets. */
function versionFor(
  target: WriteTarget,
  index: number,
  answers: readonly (VersionAnswer | number)[],
): number | undefined {
  const named = answers.find(
    (answer) => typeof answer === 'object' && answer.stream !== undefined && sameStream(answer.stream, target.stream),
  );
  const answer = named ?? answers[index];
  if (typeof answer !== 'object') return answer;
  return named === undefined && answer.stream !== undefined ? undefined : answer.version;
}

function isVersion(answer: unknown): answer is VersionAnswer | number {
  if (typeof answer === 'number') return true;
  return typeof (answer as Partial<VersionAnswer> | null | undefined)?.version === 'number';
}

const KINDS: readonly unknown[] = ['acknowledged', 'refused', 'unknown', 'nothing'] satisfies WriteOutcome['kind'][];

function isOutcome(answer: unknown): answer is WriteOutcome {
  return KINDS.includes((answer as Partial<WriteOutcome> | null | undefined)?.kind);
}
