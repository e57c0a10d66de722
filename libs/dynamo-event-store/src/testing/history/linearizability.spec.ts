import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RecordedEvent } from '../../event/recorded-event.js';
import { checkHistory } from './check-history.js';
import type { HistoryRecord, ReadRecord, WriteRecord } from './history-record.js';

const stream = { aggregate: 'order', id: 'a' };

/** An operation for the slow judge: it may stand after `least` to `most` commits; a write is the one after its own number. */
interface Step {
  readonly record: HistoryRecord;
  readonly write: boolean;
  readonly least: number;
  readonly most: number;
}

const interval = fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 8 }));

function writeStep(place: number, [startedAt, length]: readonly [number, number], answered: boolean): Step {
  const record: WriteRecord = {
    kind: 'write',
    id: `w${place}`,
    process: 'p',
    startedAt,
    endedAt: startedAt + length,
    targets: [{ stream, events: 1 }],
    outcome: answered ? { kind: 'acknowledged', versions: [place + 1] } : { kind: 'unknown' },
  };
  return { record, write: true, least: place, most: place };
}

const SEEN = ['all', 'part', 'moved-on', 'ahead'] as const;

function observationStep(
  index: number,
  [startedAt, length]: readonly [number, number],
  seen: (typeof SEEN)[number],
  version: number,
): Step {
  const base = { id: `o${index}`, process: 'q', startedAt, endedAt: startedAt + length };
  if (seen === 'moved-on' || seen === 'ahead') {
    const expected = seen === 'ahead' ? version + 1 : version - 1;
    const outcome = { kind: 'refused', conflicts: [{ stream, expected, actual: version, reason: seen }] } as const;
    const record: WriteRecord = { ...base, kind: 'write', targets: [{ stream }], outcome };
    return { record, write: false, least: version, most: seen === 'ahead' ? version : Infinity };
  }
  const events = Array.from({ length: version }, (_, place) => ({ version: place + 1, eventId: `e${place}` }));
  const what = { kind: 'read', stream, consistency: 'strong', from: 1, events, toEnd: seen === 'all' } as const;
  const record: ReadRecord = { ...base, ...what };
  return { record, write: false, least: version, most: seen === 'all' ? version : Infinity };
}

const history = fc
  .integer({ min: 1, max: 4 })
  .chain((commits) =>
    fc.record({
      writes: fc.array(fc.tuple(interval, fc.boolean()), { minLength: commits, maxLength: commits }),
      observations: fc.array(
        fc.tuple(interval, fc.constantFrom(...SEEN), fc.integer({ min: 0, max: commits })).filter(isPossible),
        { maxLength: 3 },
      ),
    }),
  )
  .map(({ writes, observations }) => [
    ...writes.map(([at, answered], place) => writeStep(place, at, answered)),
    ...observations.map(([at, seen, version], index) => observationStep(index, at, seen, version)),
  ]);

/** Nobody can be refused for a stream that has moved on to version 0. */
function isPossible([, seen, version]: readonly [unknown, string, number]): boolean {
  return seen !== 'moved-on' || version > 0;
}

/** Tries every order of the operations that could have been. */
function canBeOrdered(left: readonly Step[], commits = 0): boolean {
  if (left.length === 0) return true;
  return left.some((next) => {
    const { least, most, write, record } = next;
    if (commits < least || commits > most) return false;
    const others = left.filter((step) => step !== next);
    if (others.some((other) => endOf(other) < record.startedAt)) return false;
    return canBeOrdered(others, write ? commits + 1 : commits);
  });
}

function endOf({ record }: Step): number {
  const unanswered = record.kind === 'write' && record.outcome.kind === 'unknown';
  return unanswered ? Infinity : (record.endedAt ?? Infinity);
}

function finalEvents(steps: readonly Step[]): RecordedEvent[] {
  return steps
    .filter(({ write }) => write)
    .map(({ record: { id } }, place) => ({
      stream,
      version: place + 1,
      eventId: `e${place}`,
      commitId: `c${place}`,
      type: 'noted',
      schemaVersion: 1,
      recordedAt: new Date(0),
      metadata: { operationId: id, correlationId: 'x', causationId: 'x' },
      event: {},
    }));
}

it('a history of one stream is accepted exactly when its operations can be put into one order', () => {
  const judged = { accepted: 0, refused: 0 };
  fc.assert(
    fc.property(history, (steps) => {
      const violations = checkHistory(
        steps.map(({ record }) => record),
        [{ stream, events: finalEvents(steps) }],
      );
      const possible = canBeOrdered(steps);
      judged[possible ? 'accepted' : 'refused'] += 1;
      expect({ possible: violations.length === 0, violations }).toEqual({ possible, violations });
    }),
    { numRuns: 3_000 },
  );
  // The histories are neither all sound nor all broken.
  expect(Math.min(judged.accepted, judged.refused)).toBeGreaterThan(300);
});
