import { describe, expect, it } from '@jest/globals';
import { Aggregate } from '../../aggregate/aggregate.decorator.js';
import { AggregateRoot } from '../../aggregate/aggregate-root.js';
import { EventHandler } from '../../aggregate/event-handler.decorator.js';
import { ConcurrencyError } from '../../errors/concurrency-error.js';
import { DomainEvent } from '../../event/domain-event.decorator.js';
import { AggregateRepository } from '../../repository/aggregate-repository.js';
import type { EventStore } from '../../store/event-store.js';
import { InMemoryEventStore } from '../in-memory-event-store.js';
import { checkHistory } from './check-history.js';
import { readFinalStreams, streamsOf } from './final-streams.js';
import { formatHistory } from './format-history.js';
import type { WriteRecord } from './history-record.js';
import { HistoryRecorder } from './history-recorder.js';
import { recordStore } from './record-store.js';

const WRITERS = ['w1', 'w2', 'w3', 'w4'];
const ROUNDS = 25;
const streams = ['a', 'b', 'c'].map((id) => ({ aggregate: 'counter', id }));

@DomainEvent({ name: 'history-counted' })
class Counted {
  constructor(readonly by: number) {}
}

@Aggregate({ name: 'counter' })
class Counter extends AggregateRoot {
  count = 0;
  add(by: number): void {
    for (let event = 0; event < by; event++) this.apply(new Counted(1));
  }
  @EventHandler(Counted) protected onCounted({ by }: Counted): void {
    this.count += by;
  }
}

/** Loses every seventh request and every fifth answer of the appends. */
function unreliable<S extends EventStore>(store: S): S {
  let calls = 0;
  return new Proxy(store, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      if (property !== 'append' && property !== 'appendAll') return value.bind(target) as unknown;
      return async (...args: unknown[]) => {
        calls += 1;
        const call = calls;
        if (call % 7 === 0) throw new Error('the request was lost');
        const answer: unknown = await Reflect.apply(value, target, args);
        if (call % 5 === 0) throw new Error('the answer was lost');
        return answer;
      };
    },
  });
}

async function expectSound(recorder: HistoryRecorder, store: EventStore): Promise<void> {
  const { records } = recorder;
  const violations = checkHistory(records, await readFinalStreams(store, streamsOf(records)));
  expect(violations.map((violation) => formatHistory(records, violation))).toEqual([]);
}

function outcomesOf({ records }: HistoryRecorder): Set<WriteRecord['outcome']['kind']> {
  return new Set(records.flatMap((record) => (record.kind === 'write' ? [record.outcome.kind] : [])));
}

/** Conflicts and lost calls are what is looked for; anything else is a fault of the test. */
async function attempt(run: () => Promise<unknown>): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (error) {
    if (!(error instanceof ConcurrencyError) && !String(error).endsWith('was lost')) throw error;
    return false;
  }
}

describe('several writers on one store, some of whose requests and answers are lost', () => {
  it('leave a sound history when they append and read through recorded stores', async () => {
    const inner = new InMemoryEventStore({ events: [Counted] });
    const flaky = unreliable(inner);
    const recorder = new HistoryRecorder();
    const write = async (writer: string, place: number) => {
      const store = recordStore(flaky, recorder, writer);
      for (let round = 0; round < ROUNDS; round++) {
        const stream = streams[(round + place) % streams.length]!;
        const other = streams[(round + place + 1) % streams.length]!;
        const head = await store.head(stream);
        const commitId = `${writer}-${round}`;
        const events = [new Counted(1), new Counted(2)];
        const append = () =>
          round % 5 === 0
            ? store.appendAll([
                { stream, events, expected: head, commitId },
                { stream: other, events, expected: 'any', commitId },
              ])
            : store.append(stream, events, { expected: round % 3 === 0 ? 'any' : head, commitId });
        if (!(await attempt(append))) await attempt(append);
        for await (const { version } of store.read(stream)) expect(version).toBeGreaterThan(0);
      }
    };
    await Promise.all(WRITERS.map(write));
    expect(outcomesOf(recorder)).toEqual(new Set(['acknowledged', 'refused', 'unknown']));
    await expectSound(recorder, inner);
  });

  it('leave a sound history when they update and load aggregates', async () => {
    const inner = new InMemoryEventStore();
    const repository = new AggregateRepository(unreliable(inner));
    const recorder = new HistoryRecorder();
    for (const stream of streams) {
      await recorder.write('setup', stream, (operationId) => {
        const counter = new Counter(stream.id);
        counter.add(1);
        return new AggregateRepository(inner).save(counter, { metadata: { operationId } });
      });
    }
    const update = async (writer: string, place: number) => {
      for (let round = 0; round < ROUNDS; round++) {
        const stream = streams[(round + place) % streams.length]!;
        const key = `${writer}-${round}`;
        const once = () =>
          recorder.write(
            writer,
            stream,
            (operationId) =>
              repository.update(
                Counter,
                stream.id,
                (counter) => {
                  counter.add(2);
                },
                {
                  metadata: { operationId },
                  idempotencyKey: key,
                  attempts: 2,
                },
              ),
            { key },
          );
        if (!(await attempt(once))) await attempt(once);
        await recorder.read(writer, stream, () => repository.load(Counter, stream.id));
      }
    };
    await Promise.all(WRITERS.map(update));
    expect(outcomesOf(recorder)).toContain('unknown');
    await expectSound(recorder, inner);
  });

  it('leave a history that is not sound when a store overwrites what another writer stored', async () => {
    const recorder = new HistoryRecorder();
    const store = new InMemoryEventStore({ events: [Counted] });
    const careless = new Proxy(store, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== 'function') return value;
        // Whatever the writer has seen, its events go to the end, and it is told the version it would have got.
        if (property !== 'append') return value.bind(target) as unknown;
        const append: EventStore['append'] = async (stream, events, options) => {
          const { expected } = options;
          const version = (typeof expected === 'object' ? expected.version : 0) + events.length;
          return { ...(await target.append(stream, events, { ...options, expected: 'any' })), version };
        };
        return append;
      },
    });
    const write = async (writer: string) => {
      const recorded = recordStore(careless, recorder, writer);
      for (let round = 0; round < ROUNDS; round++)
        await recorded.append(streams[0]!, [new Counted(1)], { expected: await recorded.head(streams[0]!) });
    };
    await Promise.all(WRITERS.map(write));
    const rules = checkHistory(recorder.records, await readFinalStreams(store, streams)).map(({ rule }) => rule);
    expect(new Set(rules)).toEqual(new Set(['wrong-version']));
  });
});
