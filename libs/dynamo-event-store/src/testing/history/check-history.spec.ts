import { describe, expect, it } from '@jest/globals';
import { StreamCorruptedError } from '../../errors/store-errors.js';
import type { RecordedEvent } from '../../event/recorded-event.js';
import type { StreamId } from '../../event/stream-id.js';
import { checkHistory, type HistoryCheckOptions } from './check-history.js';
import type { FinalStream } from './final-streams.js';
import type { HistoryRecord, ReadRecord, ReportedConflict, WriteOutcome, WriteRecord } from './history-record.js';
import type { ViolatedRule } from './violation.js';

const a: StreamId = { aggregate: 'order', id: 'a' };
const b: StreamId = { aggregate: 'order', id: 'b' };
const UNKNOWN: WriteOutcome = { kind: 'unknown' };
const REFUSED: WriteOutcome = { kind: 'refused' };

type Span = readonly [startedAt: number, endedAt?: number];

const acknowledged = (...versions: (number | undefined)[]): WriteOutcome => ({ kind: 'acknowledged', versions });
const repeated = (version: number): WriteOutcome => ({ kind: 'acknowledged', versions: [version], repeated: true });

function refusedFor(
  expected: number,
  actual?: number,
  reason?: ReportedConflict['reason'],
  stream: StreamId = a,
): WriteOutcome {
  return { kind: 'refused', conflicts: [{ stream, expected, actual, reason }] };
}

function write(
  id: string,
  [startedAt, endedAt]: Span,
  outcome: WriteOutcome,
  facts: Partial<WriteRecord> = {},
): WriteRecord {
  return { kind: 'write', id, process: 'p', startedAt, endedAt, targets: [{ stream: a }], outcome, ...facts };
}

/** A stream in which each named operation has a commit of so many events. */
function stored(stream: StreamId, ...commits: (readonly [operation: string, size: number])[]): FinalStream {
  const events = commits.flatMap(([operation, size], place) =>
    Array.from({ length: size }, (_, index) => ({ operation, commitId: `c${place}`, eventId: `c${place}.${index}` })),
  );
  return { stream, events: events.map((event, index) => storedEvent(stream, index + 1, event)) };
}

interface Origin {
  readonly operation: string;
  readonly commitId: string;
  readonly eventId: string;
}

function storedEvent(stream: StreamId, version: number, { operation, commitId, eventId }: Origin): RecordedEvent {
  const metadata = { operationId: operation, correlationId: 'x', causationId: 'x' };
  const recordedAt = new Date(0);
  return { stream, version, eventId, commitId, type: 'noted', schemaVersion: 1, recordedAt, metadata, event: {} };
}

/** A strongly consistent read of the final events `from` to `to`, to the end unless said otherwise. */
function read(
  id: string,
  [startedAt, endedAt]: Span,
  { stream, events }: FinalStream,
  [from, to]: readonly [number, number],
  facts: Partial<ReadRecord> = {},
): ReadRecord {
  const seen = events.slice(from - 1, to).map(({ version, eventId }) => ({ version, eventId }));
  const base = { kind: 'read', id, process: 'q', stream, startedAt, endedAt, consistency: 'strong' } as const;
  return { ...base, from, events: seen, toEnd: true, ...facts };
}

function rulesOf(
  records: readonly HistoryRecord[],
  final: readonly FinalStream[],
  options?: HistoryCheckOptions,
): ViolatedRule[] {
  return checkHistory(records, final, options).map(({ rule }) => rule);
}

const w1 = write('w1', [1, 2], acknowledged(1));
const w2 = write('w2', [3, 4], acknowledged(3));
const w3 = write('w3', [5, 6], acknowledged(4));
const sound = stored(a, ['w1', 1], ['w2', 2], ['w3', 1]);

function changed(change: (events: RecordedEvent[]) => RecordedEvent[]): FinalStream[] {
  return [{ ...sound, events: change([...sound.events]) }];
}

describe('the stored stream', () => {
  it('is accepted when it holds what was acknowledged, in order', () => {
    expect(checkHistory([w1, w2, w3], [sound])).toEqual([]);
    expect(checkHistory([], [])).toEqual([]);
  });

  it('has no gap, and begins at version 1', () => {
    expect(
      rulesOf(
        [w1, w2, w3],
        changed((events) => events.toSpliced(1, 2)),
      ),
    ).toEqual(['gap', 'lost']);
    expect(
      rulesOf(
        [w1, w2, w3],
        changed((events) => events.slice(1)),
      ),
    ).toEqual(['gap', 'lost']);
  });

  it('with a gap still holds the rest: who saw that is not blamed', () => {
    const withGap = changed((events) => events.toSpliced(1, 2));
    const reads = [read('r', [7, 8], sound, [4, 4]), write('w9', [7, 8], refusedFor(3, 4))];
    expect(rulesOf([w1, w2, w3, ...reads], withGap)).toEqual(['gap', 'lost']);
  });

  it('holds no event and no version twice', () => {
    const twice = changed((events) => [...events, { ...events[3]!, version: 5 }]);
    expect(rulesOf([w1, w2, w3], twice)).toEqual(['duplicated', 'wrong-version']);
    const sameVersion = changed((events) => events.toSpliced(1, 0, { ...events[0]!, eventId: 'other' }));
    expect(rulesOf([w1, w2, w3], sameVersion)).toEqual(['duplicated']);
  });

  it('does not go backwards', () => {
    expect(
      rulesOf(
        [w1, w2, w3],
        changed((events) => events.toSpliced(1, 2, events[2]!, events[1]!)),
      ),
    ).toContain('order');
  });

  it('holds each commit in one piece', () => {
    const pieces = stored(a, ['w1', 1], ['w2', 1], ['w3', 1], ['w2', 1]);
    const events = pieces.events.map((event) => (event.version === 4 ? { ...event, commitId: 'c1' } : event));
    const records = [w1, write('w2', [3, 9], UNKNOWN), write('w3', [3, 9], acknowledged(3))];
    expect(rulesOf(records, [{ stream: a, events }])).toEqual(['torn']);
    expect(rulesOf(records, [stored(a, ['w1', 1], ['w2', 1], ['w3', 1])])).toEqual([]);
  });

  it('holds commits whose events agree about the operation', () => {
    const events = sound.events.map((event) =>
      event.version === 3 ? storedEvent(a, 3, { operation: 'w3', commitId: 'c1', eventId: 'c1.1' }) : event,
    );
    expect(rulesOf([w1, w2, w3], [{ stream: a, events }])).toEqual(['torn']);
  });

  it('holds nothing that no operation wrote there', () => {
    expect(rulesOf([w1, w2], [sound])).toEqual(['phantom']);
    expect(rulesOf([w1, w2, write('w3', [5, 6], UNKNOWN)], [sound])).toEqual([]);
    const elsewhere = write('w3', [5, 6], UNKNOWN, { targets: [{ stream: b }] });
    expect(rulesOf([w1, w2, elsewhere], [sound])).toEqual(['phantom']);
    const sibling = write('w4', [5, 6], UNKNOWN, { key: 'k' });
    expect(rulesOf([w1, w2, { ...elsewhere, key: 'k' }, sibling], [sound])).toEqual(['phantom']);
    const nameless = changed((events) =>
      events.map((event) => (event.version === 4 ? { ...event, metadata: w1Metadata() } : event)),
    );
    expect(rulesOf([w1, w2], nameless)).toEqual(['phantom']);
  });
});

function w1Metadata(): RecordedEvent['metadata'] {
  return { correlationId: 'x', causationId: 'x' };
}

describe('an acknowledged write', () => {
  it('is stored', () => {
    const [violation, ...others] = checkHistory([w1, w2, w3], [stored(a, ['w1', 1], ['w2', 2])]);
    expect(violation).toEqual({
      rule: 'lost',
      guarantee: 2,
      stream: a,
      message:
        'order/a: acknowledged at version 4 to write w3 of p (5 to 6), but not stored; the stream ends at version 3.',
      operations: ['w3'],
    });
    expect(others).toEqual([]);
    expect(rulesOf([w1, w2, write('w3', [5, 6], UNKNOWN)], [stored(a, ['w1', 1], ['w2', 2])])).toEqual([]);
  });

  it('is missed also when its stream is not among the final ones', () => {
    expect(rulesOf([w1], [])).toEqual(['lost']);
  });

  it('is stored once', () => {
    const final = [stored(a, ['w1', 1], ['w2', 2], ['w1', 1])];
    expect(rulesOf([w1, w2], final)).toEqual(['duplicated']);
    expect(rulesOf([write('w1', [1], UNKNOWN), w2], final)).toEqual(['duplicated']);
  });

  it('ends at the version that was acknowledged, if the answer names one', () => {
    const late = write('w3', [5, 6], acknowledged(5));
    expect(checkHistory([w1, w2, late], [sound])).toMatchObject([
      { rule: 'wrong-version', guarantee: 1, operations: ['w3'], message: expect.stringContaining('at version 5') },
    ]);
    expect(rulesOf([w1, w2, write('w3', [5, 6], acknowledged(undefined))], [sound])).toEqual([]);
  });

  it('stands directly after the version it was decided on', () => {
    const decidedOn = (expected: number) =>
      write('w3', [5, 6], acknowledged(4), { targets: [{ stream: a, expected }] });
    expect(rulesOf([w1, w2, decidedOn(3)], [sound])).toEqual([]);
    expect(rulesOf([w1, w2, decidedOn(1)], [sound])).toEqual(['wrong-version']);
  });

  it('is stored with all its events and no others', () => {
    const ofSize = (events: number) => write('w2', [3, 4], acknowledged(3), { targets: [{ stream: a, events }] });
    expect(rulesOf([w1, ofSize(2), w3], [sound])).toEqual([]);
    expect(rulesOf([w1, ofSize(3), w3], [sound])).toEqual(['torn']);
    expect(rulesOf([w1, ofSize(1), w3], [sound])).toEqual(['phantom']);
  });
});

describe('a write that was not acknowledged', () => {
  it('is not stored when it was refused', () => {
    const refused = write('w3', [5, 6], REFUSED);
    expect(checkHistory([w1, w2, refused], [sound])).toMatchObject([{ rule: 'resurrected', operations: ['w3'] }]);
    expect(rulesOf([w1, w2, refused], [stored(a, ['w1', 1], ['w2', 2])])).toEqual([]);
  });

  it('is not stored when it had nothing to write', () => {
    const nothing = write('w3', [5, 6], { kind: 'nothing' });
    expect(rulesOf([w1, w2, nothing], [sound])).toEqual(['resurrected']);
    expect(rulesOf([w1, w2, nothing], [stored(a, ['w1', 1], ['w2', 2])])).toEqual([]);
  });

  it('may be stored or not, and at any later time, when its outcome is unknown', () => {
    const open = write('w0', [0], UNKNOWN);
    expect(rulesOf([open, w1, w2], [stored(a, ['w1', 1], ['w2', 2], ['w0', 1])])).toEqual([]);
    expect(rulesOf([open, w1, w2], [stored(a, ['w1', 1], ['w2', 2])])).toEqual([]);
  });
});

describe('attempts that share a key', () => {
  const first = write('w3', [5, 6], UNKNOWN, { key: 'k' });
  const second = write('w4', [7, 8], acknowledged(4), { key: 'k' });

  it('count as stored when one of them is', () => {
    expect(rulesOf([w1, w2, first, second], [sound])).toEqual([]);
    expect(rulesOf([w1, w2, first, { ...second, key: undefined }], [sound])).toEqual(['lost']);
    expect(rulesOf([w1, w2, first, second], [stored(a, ['w1', 1], ['w2', 2])])).toEqual(['lost']);
  });

  it('are stored once together', () => {
    const final = [stored(a, ['w1', 1], ['w2', 2], ['w3', 1], ['w4', 1])];
    expect(rulesOf([w1, w2, first, second], final)).toEqual(['duplicated']);
    const apart = write('w4', [7, 8], acknowledged(5), { key: 'other' });
    expect(rulesOf([w1, w2, first, apart], final)).toEqual([]);
  });

  it('are answered with the same version', () => {
    const third = write('w5', [9, 10], acknowledged(5), { key: 'k' });
    expect(rulesOf([w1, w2, first, second, third], [sound])).toEqual(['wrong-version']);
  });

  it('are apart on different streams', () => {
    const other = write('w4', [7, 8], acknowledged(1), { key: 'k', targets: [{ stream: b }] });
    expect(rulesOf([w1, w2, first, other], [sound, stored(b, ['w4', 1])])).toEqual([]);
  });

  it('are refused one by one: what is stored is not that of a refused one', () => {
    expect(rulesOf([w1, w2, first, write('w4', [7, 8], REFUSED, { key: 'k' })], [sound])).toEqual([]);
    expect(rulesOf([w1, w2, write('w3', [5, 6], REFUSED, { key: 'k' }), second], [sound])).toEqual(['resurrected']);
  });

  it('may be named by their key in what is stored', () => {
    const final = [stored(a, ['w1', 1], ['w2', 2], ['k', 1])];
    expect(rulesOf([w1, w2, first, second], final)).toEqual([]);
    expect(rulesOf([w1, w2, { ...first, outcome: REFUSED }, { ...second, outcome: REFUSED }], final)).toEqual([
      'resurrected',
    ]);
  });

  it('that are named by their key may have been stored since the first of them', () => {
    const final = [stored(a, ['w1', 1], ['w2', 2], ['k', 1])];
    const seenAt = (start: number, end: number) => read('r', [start, end], final[0]!, [1, 4]);
    expect(rulesOf([w1, w2, first, second, seenAt(4, 5)], final)).toEqual([]);
    expect(rulesOf([w1, w2, first, second, seenAt(3, 4)], final)).toEqual(['order']);
  });

  it('need no key when the answer itself says that it is a repetition', () => {
    const keyless = (version: number) => write('w4', [7, 8], repeated(version));
    expect(rulesOf([w1, w2, w3, keyless(4)], [sound])).toEqual([]);
    expect(rulesOf([w1, w2, w3, keyless(2)], [sound])).toEqual(['lost']);
  });
});

describe('a write to several streams', () => {
  const both = (outcome: WriteOutcome, facts: Partial<WriteRecord> = {}) =>
    write('w1', [1, 2], outcome, { targets: [{ stream: a }, { stream: b }], ...facts });

  it('is stored in all of them or in none', () => {
    expect(rulesOf([both(UNKNOWN)], [stored(a, ['w1', 1]), stored(b, ['w1', 1])])).toEqual([]);
    expect(rulesOf([both(UNKNOWN)], [])).toEqual([]);
    expect(checkHistory([both(UNKNOWN)], [stored(a, ['w1', 1])])).toMatchObject([
      {
        rule: 'torn',
        stream: b,
        operations: ['w1'],
        message: expect.stringContaining('stored in order/a, but not in order/b'),
      },
    ]);
  });

  it('is reported once when an acknowledged one is torn, and as lost when it is not there at all', () => {
    expect(rulesOf([both(acknowledged(1, 1))], [stored(a, ['w1', 1])])).toEqual(['torn']);
    expect(rulesOf([both(acknowledged(1, 1))], [])).toEqual(['lost', 'lost']);
  });

  it('is not made whole by another attempt with the same key', () => {
    const again = { ...both(UNKNOWN), id: 'w2', key: 'k' };
    const final = [stored(a, ['w1', 1]), stored(b, ['w2', 1])];
    expect(rulesOf([both(UNKNOWN, { key: 'k' }), again], final)).toEqual(['torn', 'torn']);
  });

  it('leaves ignored streams out', () => {
    const ignore = (stream: StreamId) => stream.id === 'b';
    expect(rulesOf([both(acknowledged(1, 1))], [stored(a, ['w1', 1])], { ignore })).toEqual([]);
  });

  describe('that checks another one', () => {
    const checking = (span: Span, expected: number) =>
      write('w9', span, acknowledged(1, expected), { targets: [{ stream: b }, { stream: a, events: 0, expected }] });
    const finals = [sound, stored(b, ['w9', 1])];

    it('stores nothing there', () => {
      expect(rulesOf([w1, w2, w3, checking([5, 6], 3)], finals)).toEqual([]);
      expect(
        rulesOf([w1, w2, checking([5, 6], 3)], [stored(a, ['w1', 1], ['w2', 2], ['w9', 1]), finals[1]!]),
      ).toContain('phantom');
    });

    it('finds the stream where it was at some time in between', () => {
      expect(rulesOf([w1, w2, w3, checking([7, 8], 4)], finals)).toEqual([]);
      expect(rulesOf([w1, w2, w3, checking([7, 8], 3)], finals)).toEqual(['stale-read']);
      expect(rulesOf([w1, w2, w3, checking([5, 6], 2)], finals)).toEqual(['torn']);
      expect(rulesOf([w1, w2, w3, checking([5, 6], 5)], finals)).toEqual(['lost']);
    });

    it('has checked nothing when it only found its earlier attempt', () => {
      const earlier = { ...checking([5, 6], 3), outcome: UNKNOWN, key: 'k' };
      const again = { ...checking([7, 8], 3), id: 'w10', key: 'k' };
      expect(rulesOf([w1, w2, w3, earlier, again], finals)).toEqual([]);
    });
  });
});

describe('the order of a stream', () => {
  it('is that of the writes where one was acknowledged before the other began', () => {
    const swapped = [stored(a, ['w2', 1], ['w1', 1])];
    const early = write('w1', [1, 2], acknowledged(2));
    expect(checkHistory([early, write('w2', [3, 4], acknowledged(1))], swapped)).toMatchObject([
      { rule: 'order', guarantee: 3, operations: ['w2', 'w1'] },
    ]);
    expect(rulesOf([early, write('w2', [2, 4], acknowledged(1))], swapped)).toEqual([]);
  });

  it('counts a write as there from the first answer that any of its attempts got', () => {
    const final = [stored(a, ['w3', 1], ['w1', 1])];
    const lostAnswer = write('w1', [1], UNKNOWN, { key: 'k' });
    const records = (answered: Span) => [
      lostAnswer,
      write('w2', answered, acknowledged(2), { key: 'k' }),
      write('w3', [5, 6], acknowledged(1)),
    ];
    expect(rulesOf(records([3, 4]), final)).toEqual(['order']);
    expect(rulesOf(records([3, 7]), final)).toEqual([]);
    const later = write('w4', [7, 8], acknowledged(2), { key: 'k' });
    expect(rulesOf([later, ...records([3, 4])], final)).toEqual(['order']);
  });

  it('does not let a write be acknowledged before the attempt that was stored began', () => {
    const answered = write('w0', [0, 1], acknowledged(1), { key: 'k' });
    expect(rulesOf([answered, write('w1', [2, 3], UNKNOWN, { key: 'k' })], [stored(a, ['w1', 1])])).toEqual(['order']);
    expect(rulesOf([answered, write('w1', [1, 3], UNKNOWN, { key: 'k' })], [stored(a, ['w1', 1])])).toEqual([]);
  });
});

describe('a conflict', () => {
  const refused = (outcome: WriteOutcome, span: Span = [5, 6], facts: Partial<WriteRecord> = {}) =>
    rulesOf([w1, w2, w3, write('w9', span, outcome, facts)], [sound]);

  it('is true when another operation stands where the write would have gone', () => {
    expect(refused(refusedFor(1, 3, 'moved-on'))).toEqual([]);
    expect(refused(refusedFor(4))).toEqual(['false-conflict']);
    expect(checkHistory([write('w9', [5, 6], refusedFor(0, 0, 'moved-on'))], [])).toMatchObject([
      { rule: 'false-conflict', guarantee: 1, operations: ['w9'], message: expect.stringContaining('not beyond') },
    ]);
  });

  it('names a version that is beyond the expected one and that the stream has come to', () => {
    expect(refused(refusedFor(3, 4, 'moved-on'))).toEqual([]);
    expect(refused(refusedFor(3, 3, 'moved-on'))).toEqual(['false-conflict']);
    expect(refused(refusedFor(3, 5, 'moved-on'))).toEqual(['false-conflict']);
  });

  it('is false when the other operation began only afterwards', () => {
    expect(refused(refusedFor(1, 3), [1, 3])).toEqual([]);
    expect(refused(refusedFor(1), [1, 2])).toEqual(['false-conflict']);
    expect(refused(refusedFor(1, 4), [1, 3])).toEqual(['false-conflict']);
  });

  it('is false when what stands there is its own earlier attempt', () => {
    const own = write('w3', [5, 6], UNKNOWN, { key: 'k' });
    const again = (key: string) => write('w9', [7, 8], refusedFor(3, 4), { key });
    expect(rulesOf([w1, w2, own, again('k')], [sound])).toEqual(['false-conflict']);
    expect(rulesOf([w1, w2, own, again('other')], [sound])).toEqual([]);
  });

  it('is about the version that the write was decided on', () => {
    const decidedOn = (expected: number) => ({ targets: [{ stream: a, expected }] });
    expect(refused(refusedFor(1, 3), [5, 6], decidedOn(1))).toEqual([]);
    expect(refused(refusedFor(1, 3), [5, 6], decidedOn(0))).toEqual(['false-conflict']);
  });

  it('for a version ahead is false once the stream is known to have come there', () => {
    expect(refused(refusedFor(4, 3, 'ahead'), [5, 7])).toEqual([]);
    expect(refused(refusedFor(4, 3), [7, 8])).toEqual(['false-conflict']);
    expect(refused(refusedFor(4, 4, 'ahead'))).toEqual(['false-conflict']);
    expect(refused(refusedFor(9, 4, 'ahead'), [7, 8])).toEqual([]);
    expect(refused(refusedFor(9, 4), [7, 8])).toEqual([]);
  });

  it('for a version inside a commit is true when that commit is there', () => {
    expect(refused(refusedFor(2, 3, 'inside-commit'))).toEqual([]);
    expect(refused(refusedFor(3, 4, 'inside-commit'))).toEqual(['false-conflict']);
    expect(refused(refusedFor(3, undefined, 'inside-commit'))).toEqual(['false-conflict']);
    expect(refused(refusedFor(9, undefined, 'inside-commit'))).toEqual(['false-conflict']);
    expect(refused(refusedFor(2, 4, 'inside-commit'))).toEqual(['false-conflict']);
    expect(refused(refusedFor(2, 3, 'inside-commit'), [1, 2])).toEqual(['false-conflict']);
  });

  it('is checked on every stream that it names', () => {
    const conflicts = [
      { stream: a, expected: 1, actual: 3 },
      { stream: b, expected: 1, actual: 2 },
    ];
    const record = write('w9', [5, 6], { kind: 'refused', conflicts });
    const onB = write('w8', [1, 9], acknowledged(2), { targets: [{ stream: b }] });
    expect(rulesOf([w1, w2, w3, record], [sound])).toEqual(['false-conflict']);
    expect(rulesOf([w1, w2, w3, onB, record], [sound, stored(b, ['w8', 2])])).toEqual([]);
  });

  it('shows later readers how far the stream had come', () => {
    const open = write('w3', [5], UNKNOWN);
    const conflict = write('w9', [6, 7], refusedFor(3, 4));
    const short = (span: Span) => read('r', span, sound, [1, 3]);
    expect(rulesOf([w1, w2, open, conflict, short([8, 9])], [sound])).toEqual(['stale-read']);
    expect(rulesOf([w1, w2, open, conflict, short([6, 9])], [sound])).toEqual([]);
  });
});

describe('a strong read', () => {
  const reading = (...reads: ReadRecord[]) => rulesOf([w1, w2, w3, ...reads], [sound]);

  it('sees everything that was acknowledged before it began', () => {
    expect(reading(read('r', [7, 8], sound, [1, 4]))).toEqual([]);
    expect(reading(read('r', [6, 8], sound, [1, 3]))).toEqual([]);
    expect(checkHistory([w1, w2, w3, read('r', [7, 8], sound, [1, 3])], [sound])).toMatchObject([
      {
        rule: 'stale-read',
        guarantee: 3,
        operations: ['r', 'w3'],
        message:
          'order/a: read r of q (7 to 8) found nothing after version 3, but write w3 of p (5 to 6) had been at version 4 before.',
      },
    ]);
  });

  it('of a range sees all of that range', () => {
    expect(reading(read('r', [7, 8], sound, [2, 3], { toEnd: false }))).toEqual([]);
    expect(reading(read('r', [7, 8], sound, [5, 5]))).toEqual([]);
    expect(reading(read('r', [7, 8], sound, [4, 3]))).toEqual(['stale-read']);
  });

  it('leaves nothing out at the beginning or in the middle', () => {
    const withHole = read('r', [7, 8], sound, [1, 4]);
    expect(reading({ ...withHole, events: withHole.events.toSpliced(1, 1) })).toEqual(['incomplete-read']);
    expect(reading({ ...withHole, events: withHole.events.slice(1) })).toEqual(['incomplete-read']);
    expect(reading({ ...withHole, events: [...withHole.events, withHole.events[3]!] })).toEqual(['incomplete-read']);
  });

  it('does not contradict the version it gives', () => {
    expect(reading(read('r', [7, 8], sound, [1, 4], { version: 4 }))).toEqual([]);
    expect(reading(read('r', [6, 8], sound, [1, 3], { version: 4 }))).toEqual(['incomplete-read']);
  });

  it('sees nothing of an operation that began after it had ended', () => {
    expect(reading(read('r', [4, 5], sound, [1, 4]))).toEqual([]);
    expect(reading(read('r', [3, 4], sound, [1, 4]))).toEqual(['order']);
  });

  it('is not shorter than one that had ended before', () => {
    const open = write('w3', [5], UNKNOWN);
    const long = read('r1', [5, 6], sound, [1, 4]);
    const short = (span: Span) => read('r2', span, sound, [1, 3]);
    expect(rulesOf([w1, w2, open, long, short([7, 8])], [sound])).toEqual(['stale-read']);
    expect(rulesOf([w1, w2, open, long, short([6, 8])], [sound])).toEqual([]);
  });

  it('sees what stays in the stream, where it stays', () => {
    const seen = read('r', [7, 8], sound, [1, 4]);
    const lost = [stored(a, ['w1', 1], ['w2', 2])];
    const open = write('w3', [5], UNKNOWN);
    expect(rulesOf([w1, w2, open, seen], lost)).toEqual(['lost']);
    expect(rulesOf([w1, w2, open, read('r', [7, 8], sound, [1, 3])], lost)).toEqual([]);
    const events = seen.events.with(0, { version: 1, eventId: 'c2.0' });
    expect(reading({ ...seen, events })).toEqual(['order']);
  });

  it('ends at the end of a commit', () => {
    const open = write('w2', [3], UNKNOWN);
    const final = [stored(a, ['w1', 1], ['w2', 2])];
    expect(rulesOf([w1, open, read('r', [4, 5], final[0]!, [1, 2])], final)).toEqual(['torn']);
    expect(rulesOf([w1, open, read('r', [4, 5], final[0]!, [1, 2], { toEnd: false })], final)).toEqual([]);
    expect(rulesOf([w1, open, read('r', [4, 5], final[0]!, [1, 1])], final)).toEqual([]);
  });

  it('does not call a sound stream damaged', () => {
    const failed = (error: unknown) => read('r', [7, 8], sound, [1, 0], { toEnd: false, error });
    expect(reading(failed(new StreamCorruptedError(a, 2, 'gone')))).toEqual(['incomplete-read']);
    expect(reading(failed(new Error('no network')))).toEqual([]);
  });

  it('that gives a version only keeps to the same rules; loaded state falls under guarantee 4', () => {
    const loaded = (version: number, source: 'events' | 'state') =>
      read('r', [7, 8], sound, [1, 0], { version, source });
    expect(reading(loaded(4, 'state'))).toEqual([]);
    expect(reading(loaded(5, 'state'))).toEqual(['lost']);
    expect(checkHistory([w1, w2, w3, loaded(3, 'state')], [sound])).toMatchObject([
      { rule: 'stale-read', guarantee: 4 },
    ]);
    expect(checkHistory([w1, w2, w3, loaded(3, 'events')], [sound])).toMatchObject([
      { rule: 'stale-read', guarantee: 3 },
    ]);
  });

  it('that never ended says nothing', () => {
    expect(reading(read('r', [7], sound, [1, 2]))).toEqual([]);
  });
});

describe('an eventual read', () => {
  const reading = (range: readonly [number, number], facts: Partial<ReadRecord> = {}) =>
    rulesOf([w1, w2, w3, read('r', [7, 8], sound, range, { consistency: 'eventual', ...facts })], [sound]);

  it('may be behind, even so that the stream looks damaged', () => {
    expect(reading([1, 0], { toEnd: false, error: new StreamCorruptedError(a, 2, 'gone') })).toEqual([]);
    expect(reading([1, 1])).toEqual([]);
    expect(reading([1, 0])).toEqual([]);
  });

  it('is a beginning of the stream all the same', () => {
    expect(reading([1, 4], { from: 2 })).toEqual(['incomplete-read']);
    expect(reading([1, 1], { events: [{ version: 1, eventId: 'c9.0' }] })).toEqual(['lost']);
    expect(reading([1, 2])).toEqual(['torn']);
    expect(reading([1, 4], { endedAt: 4 })).toEqual(['order']);
  });
});

describe('checkHistory', () => {
  it('leaves ignored streams out', () => {
    const ignore = ({ id }: StreamId) => id === 'a';
    const other = write('w9', [1, 2], acknowledged(1), { targets: [{ stream: b }] });
    const records = [w1, other, read('r', [7, 8], sound, [1, 1]), write('w8', [1, 2], refusedFor(9, 10))];
    expect(rulesOf(records, [sound], { ignore })).toEqual(['lost']);
  });

  it('finds the operation where it is told to', () => {
    const operationOf = ({ eventId }: RecordedEvent) => ({ 'c0.0': 'first' })[eventId];
    const first = write('first', [1, 2], acknowledged(1));
    expect(rulesOf([first], [stored(a, ['unknown', 1])], { operationOf })).toEqual([]);
    expect(rulesOf([first], [stored(a, ['unknown', 1])])).toEqual(['phantom', 'lost']);
  });

  it('keeps streams of one id and different tenants apart', () => {
    const tenant: StreamId = { ...a, tenant: 't' };
    expect(rulesOf([w1, w2, w3], [{ ...sound, stream: tenant }])).toContain('lost');
    const records = [w1, w2, w3].map((record) => ({ ...record, targets: [{ stream: tenant }] }));
    expect(rulesOf(records, [{ ...sound, stream: tenant }])).toEqual([]);
  });

  it('refuses records with one id, and a stream that is given twice', () => {
    expect(() => checkHistory([w1, w1], [])).toThrow('records: two operations have the id "w1".');
    expect(() => checkHistory([w1, w2, w3], [sound, sound])).toThrow('final: order/a is listed twice.');
  });
});
