import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RecordedEvent } from '../../event/recorded-event.js';
import type { EventStore } from '../../store/event-store.js';
import { InMemoryEventStore } from '../in-memory-event-store.js';
import { checkHistory } from './check-history.js';
import { readFinalStreams, type FinalStream } from './final-streams.js';
import type { HistoryRecord, ReadRecord, WriteRecord } from './history-record.js';
import { HistoryRecorder } from './history-recorder.js';
import type { ViolatedRule } from './violation.js';

const STREAMS = ['a', 'b'].map((id) => ({ aggregate: 'order', id }));
const [a, b] = STREAMS as [FinalStream['stream'], FinalStream['stream']];

/** What becomes of a call: it arrives and is answered, or the request or the answer gets lost. */
type Delivery = 'answered' | 'request lost' | 'answer lost';

const delivery = fc.constantFrom<Delivery>('answered', 'answered', 'answered', 'request lost', 'answer lost');
const place = fc.nat(1).map((index) => STREAMS[index] ?? a);
const size = fc.integer({ min: 1, max: 3 });
const command = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('append' as const), stream: place, size, delivery }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('append late' as const), stream: place, size, delivery }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('append both' as const), size, delivery }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('append and check' as const), size, delivery }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('append twice' as const), stream: place, size }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('read' as const), stream: place, from: fc.constantFrom(1, 1, 2) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('head' as const), stream: place }) },
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

const events = (count: number) => Array.from({ length: count }, () => ({ type: 'noted', payload: {} }));

class Run {
  readonly store = new InMemoryEventStore();
  readonly recorder = new HistoryRecorder({ run: 'x' });

  async execute(step: Command): Promise<void> {
    // Callers of a real system learn of refusals and lost answers by errors, too.
    await this.perform(step).catch(() => undefined);
  }

  private async perform(step: Command): Promise<unknown> {
    const { store, recorder } = this;
    switch (step.do) {
      case 'append':
        return this.append(step, await this.versionOf(step.stream));
      case 'append late':
        return this.append(step, Math.max(0, (await this.versionOf(step.stream)) - 1));
      case 'append both':
        return recorder.write('p', [a, b].map(target(step.size)), (operationId) =>
          deliver(step.delivery, () => store.appendAll([a, b].map((stream) => part(stream, step.size, operationId)))),
        );
      case 'append and check': {
        const expected = await store.head(b);
        const checked = { stream: b, events: 0, expected: expected.version };
        return recorder.write('p', [target(step.size)(a), checked], (operationId) =>
          deliver(step.delivery, () => store.appendAll([part(a, step.size, operationId), { stream: b, expected }])),
        );
      }
      case 'append twice': {
        const commitId = `commit-${recorder.records.length}`;
        const expected = await this.versionOf(step.stream);
        await this.append({ ...step, delivery: 'answer lost' }, expected, commitId).catch(() => undefined);
        return this.append({ ...step, delivery: 'answered' }, expected, commitId);
      }
      case 'read':
        return recorder.read('q', step.stream, () => collect(store, step.stream, step.from), { from: step.from });
      case 'head':
        return recorder.read('q', step.stream, () => store.head(step.stream));
    }
  }

  private append(
    { stream, size: count, delivery: fate }: { stream: FinalStream['stream']; size: number; delivery: Delivery },
    version: number,
    commitId?: string,
  ): Promise<unknown> {
    const expected = version === 0 ? 'none' : version;
    const append = (operationId: string) =>
      this.store.append(stream, events(count), { expected, commitId, metadata: { operationId } });
    return this.recorder.write(
      'p',
      { stream, events: count, expected: version },
      (operationId) => deliver(fate, () => append(operationId)),
      { key: commitId },
    );
  }

  private async versionOf(stream: FinalStream['stream']): Promise<number> {
    return (await this.store.head(stream)).version;
  }
}

const target = (count: number) => (stream: FinalStream['stream']) => ({ stream, events: count });

function part(stream: FinalStream['stream'], count: number, operationId: string) {
  return { stream, events: events(count), expected: 'any', metadata: { operationId } } as const;
}

async function deliver<T>(fate: Delivery, call: () => Promise<T>): Promise<T> {
  if (fate === 'request lost') throw new Error(fate);
  const answer = await call();
  if (fate === 'answer lost') throw new Error(fate);
  return answer;
}

async function collect(store: EventStore, stream: FinalStream['stream'], from: number): Promise<RecordedEvent[]> {
  const collected: RecordedEvent[] = [];
  for await (const event of store.read(stream, { from })) collected.push(event);
  return collected;
}

interface Outcome {
  readonly records: readonly HistoryRecord[];
  readonly final: readonly FinalStream[];
}

async function execute(steps: readonly Command[]): Promise<Outcome> {
  const run = new Run();
  for (const step of steps) await run.execute(step);
  return { records: run.recorder.records, final: await readFinalStreams(run.store, STREAMS) };
}

const steps = fc.array(command, { minLength: 6, maxLength: 24 });

it('what a sound store does is accepted, whichever requests and answers are lost', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (commands) => {
      const { records, final } = await execute(commands);
      expect(checkHistory(records, final)).toEqual([]);
    }),
    { numRuns: 80 },
  );
});

/** One fault, at one of several places: `choose` picks the place, and gives up on the run when there is none. */
type Corruption = (outcome: Outcome, choose: <T>(places: readonly T[]) => T) => Outcome;

const acknowledgedWrites = ({ records }: Outcome) =>
  records.filter((record) => record.kind === 'write').filter(({ outcome }) => outcome.kind === 'acknowledged');

const fullReads = ({ records }: Outcome) =>
  records.filter((record) => record.kind === 'read' && record.toEnd) as ReadRecord[];

function withRecord(outcome: Outcome, record: HistoryRecord): Outcome {
  return { ...outcome, records: outcome.records.map((each) => (each.id === record.id ? record : each)) };
}

function withEvents({ records, final }: Outcome, { stream }: FinalStream, changed: readonly RecordedEvent[]): Outcome {
  return { records, final: final.map((each) => (each.stream.id === stream.id ? { stream, events: changed } : each)) };
}

const renumbered = (list: readonly RecordedEvent[]) => list.map((event, index) => ({ ...event, version: index + 1 }));

function commitsOf({ events: list }: FinalStream): Map<string, RecordedEvent[]> {
  const commits = new Map<string, RecordedEvent[]>();
  for (const event of list) commits.set(event.commitId, [...(commits.get(event.commitId) ?? []), event]);
  return commits;
}

function operationOf({ metadata }: RecordedEvent): string {
  return metadata['operationId'] as string;
}

/** The commits of acknowledged writes, each with its stream. */
function acknowledgedCommits(outcome: Outcome): { readonly in: FinalStream; readonly events: RecordedEvent[] }[] {
  const ids = new Set(acknowledgedWrites(outcome).map(({ id }) => id));
  return outcome.final.flatMap((stream) =>
    [...commitsOf(stream).values()]
      .filter(([first]) => first !== undefined && ids.has(operationOf(first)))
      .map((commit) => ({ in: stream, events: commit })),
  );
}

const CORRUPTIONS: Record<string, readonly [Corruption, readonly ViolatedRule[]]> = {
  'an event is dropped': [
    (outcome, choose) => {
      const commit = choose(acknowledgedCommits(outcome));
      const dropped = choose(commit.events);
      return withEvents(
        outcome,
        commit.in,
        commit.in.events.filter((event) => event !== dropped),
      );
    },
    ['gap', 'torn', 'lost'],
  ],
  'an event is dropped and those after it move up': [
    (outcome, choose) => {
      const commit = choose(acknowledgedCommits(outcome));
      const dropped = choose(commit.events);
      return withEvents(outcome, commit.in, renumbered(commit.in.events.filter((event) => event !== dropped)));
    },
    ['torn', 'lost'],
  ],
  'a commit is dropped and those after it move up': [
    (outcome, choose) => {
      const commit = choose(acknowledgedCommits(outcome));
      return withEvents(
        outcome,
        commit.in,
        renumbered(commit.in.events.filter((event) => !commit.events.includes(event))),
      );
    },
    ['lost', 'torn'],
  ],
  'two commits change places': [
    (outcome, choose) => {
      const commits = acknowledgedCommits(outcome);
      const first = choose(commits);
      const second = choose(
        commits.filter((each) => each.in === first.in && each.events[0]!.version > first.events[0]!.version),
      );
      const order = commitsOf(first.in);
      const ids = [...order.keys()];
      const [one, two] = [first, second].map(({ events: [event] }) => ids.indexOf(event!.commitId)) as [number, number];
      [ids[one], ids[two]] = [ids[two]!, ids[one]!];
      return withEvents(outcome, first.in, renumbered(ids.flatMap((id) => order.get(id) ?? [])));
    },
    ['order'],
  ],
  'a commit is stored once more': [
    (outcome, choose) => {
      const commit = choose(acknowledgedCommits(outcome));
      const again = commit.events.map((event) => ({ ...event, commitId: 'again', eventId: `again.${event.eventId}` }));
      return withEvents(outcome, commit.in, renumbered([...commit.in.events, ...again]));
    },
    ['duplicated'],
  ],
  'an event of nobody is added': [
    (outcome, choose) => {
      const stream = choose(outcome.final.filter((each) => each.events.length > 0));
      const { metadata, ...event } = stream.events[0]!;
      const added = { ...event, commitId: 'new', eventId: 'new', metadata: { ...metadata, operationId: 'nobody' } };
      return withEvents(outcome, stream, renumbered([...stream.events, added]));
    },
    ['phantom'],
  ],
  'a refused write is acknowledged': [
    (outcome, choose) => {
      const refused = choose(writesThat(outcome, 'refused'));
      const versions = refused.targets.map(() => undefined);
      return withRecord(outcome, { ...refused, outcome: { kind: 'acknowledged', versions } });
    },
    ['lost'],
  ],
  'a stored write is refused': [
    (outcome, choose) => {
      const commit = choose(acknowledgedCommits(outcome));
      const record = outcome.records.find(({ id }) => id === operationOf(commit.events[0]!)) as WriteRecord;
      return withRecord(outcome, { ...record, outcome: { kind: 'refused' } });
    },
    ['resurrected'],
  ],
  'an acknowledged version is shifted': [
    (outcome, choose) => {
      const record = choose(acknowledgedWrites(outcome));
      const versions = record.targets.map(({ events: count }) => (count === 0 ? 1 : 99));
      return withRecord(outcome, { ...record, outcome: { kind: 'acknowledged', versions } });
    },
    ['wrong-version'],
  ],
  'the last commit of a read is missing': [
    (outcome, choose) => {
      const commits = acknowledgedCommits(outcome).map((commit) => commit.events.at(-1)!.eventId);
      const read = choose(
        fullReads(outcome).filter(({ events: seen }) => commits.includes(seen.at(-1)?.eventId ?? '')),
      );
      const commitId = read.events.at(-1)!.eventId.split('.')[0]!;
      return withRecord(outcome, {
        ...read,
        events: read.events.filter(({ eventId }) => !eventId.startsWith(`${commitId}.`)),
      });
    },
    ['stale-read'],
  ],
  'the last event of a commit is missing in a read': [
    (outcome, choose) => {
      const read = choose(
        fullReads(outcome).filter(({ events: seen }) => seen.length > 1 && !seen.at(-1)!.eventId.endsWith('.0')),
      );
      return withRecord(outcome, { ...read, events: read.events.slice(0, -1) });
    },
    ['torn'],
  ],
  'an event is missing in the middle of a read': [
    (outcome, choose) => {
      const read = choose(fullReads(outcome).filter(({ events: seen }) => seen.length > 1));
      const hole = choose(read.events.slice(0, -1));
      return withRecord(outcome, { ...read, events: read.events.filter((event) => event !== hole) });
    },
    ['incomplete-read'],
  ],
  'a read has another event': [
    (outcome, choose) => {
      const read = choose(fullReads(outcome).filter(({ events: seen }) => seen.length > 0));
      const other = choose(read.events);
      const seen = read.events.map((event) => (event === other ? { ...event, eventId: 'other' } : event));
      return withRecord(outcome, { ...read, events: seen });
    },
    ['lost'],
  ],
  'a read took place before what it saw': [
    (outcome, choose) => {
      const read = choose(fullReads(outcome).filter(({ events: seen }) => seen.length > 0));
      return withRecord(outcome, { ...read, startedAt: -1, endedAt: -1 });
    },
    ['order'],
  ],
  'a conflict is reported with the end of the stream': [
    (outcome, choose) => {
      const refused = choose(writesThat(outcome, 'refused'));
      const { stream } = refused.targets[0]!;
      const expected = outcome.final.find((each) => each.stream.id === stream.id)!.events.length;
      const conflicts = [{ stream, expected, actual: expected + 1 }];
      const targets = refused.targets.map((each) => ({ ...each, expected }));
      return withRecord(outcome, { ...refused, targets, outcome: { kind: 'refused', conflicts } });
    },
    ['false-conflict'],
  ],
  'one of two streams lost its part': [
    (outcome, choose) => {
      const both = outcome.records.filter((each) => each.kind === 'write' && each.targets[1]?.events !== 0);
      const record = choose(both.filter(({ id }) => outcome.final.every(({ events: all }) => all.some(isOf(id)))));
      const stream = choose(outcome.final);
      return withEvents(outcome, stream, renumbered(stream.events.filter((event) => !isOf(record.id)(event))));
    },
    ['torn'],
  ],
  'a version that was checked had been passed': [
    (outcome, choose) => {
      const late = checkingWrites(outcome).filter(({ startedAt }) => startedAt > firstAnswer(outcome, b));
      const record = choose(late);
      const targets = record.targets.map((each) => (each.events === 0 ? { ...each, expected: 0 } : each));
      return withRecord(outcome, { ...record, targets });
    },
    ['stale-read'],
  ],
};

function isOf(id: string): (event: RecordedEvent) => boolean {
  return (event) => operationOf(event) === id;
}

/** Stored writes that checked a stream besides. */
function checkingWrites({ records, final }: Outcome): WriteRecord[] {
  return records
    .filter((record) => record.kind === 'write')
    .filter(({ id, targets }) => targets[1]?.events === 0 && final.some(({ events: all }) => all.some(isOf(id))));
}

/** Instant of the first acknowledgement of a write to a stream. */
function firstAnswer(outcome: Outcome, stream: FinalStream['stream']): number {
  const writes = acknowledgedWrites(outcome).filter(({ targets }) =>
    targets.some((each) => each.stream.id === stream.id && each.events !== 0),
  );
  return Math.min(...writes.map(({ endedAt }) => endedAt ?? Infinity));
}

function writesThat({ records }: Outcome, kind: WriteRecord['outcome']['kind']): WriteRecord[] {
  return records.filter((record) => record.kind === 'write').filter(({ outcome }) => outcome.kind === kind);
}

it.each(Object.entries(CORRUPTIONS))('it is noticed when %s', async (_what, [corrupt, rules]) => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 16, maxLength: 30 }), fc.nat(), async (commands, seed) => {
      const outcome = await execute(commands);
      const { records, final } = corrupt(outcome, (places) => {
        fc.pre(places.length > 0);
        return places[seed % places.length]!;
      });
      const found = checkHistory(records, final).map(({ rule }) => rule);
      expect(rules.filter((rule) => found.includes(rule))).not.toEqual([]);
    }),
    { numRuns: 25 },
  );
});
