import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ConcurrencyError } from '../../errors/concurrency-error.js';
import { StreamCorruptedError } from '../../errors/store-errors.js';
import type { RecordedEvent } from '../../event/recorded-event.js';
import { sameStream, type StreamId } from '../../event/stream-id.js';
import type { EventStore, ReadRange } from '../../store/event-store.js';
import type { EventSequence } from '../../store/event-sequence.js';
import { eventStoreConformance } from '../conformance/conformance-suite.js';
import { InMemoryEventStore } from '../in-memory-event-store.js';
import { checkHistory } from './check-history.js';
import { readFinalStreams, streamsOf } from './final-streams.js';
import type { ReadRecord, WriteRecord } from './history-record.js';
import { HistoryRecorder } from './history-recorder.js';
import { recordStore } from './record-store.js';

const stream = { aggregate: 'order', id: 'a' };
const other = { aggregate: 'order', id: 'b' };
const noted = { type: 'noted', payload: {} };

let inner: InMemoryEventStore;
let recorder: HistoryRecorder;
let store: InMemoryEventStore;

beforeEach(() => {
  inner = new InMemoryEventStore();
  recorder = new HistoryRecorder({ run: 'x' });
  store = recordStore(inner, recorder, 'p');
});

/** They compare the metadata of an append as a whole, which has the operation id in it here. */
const COMPARES_METADATA = /whole envelope|correlation and causation are kept/;
/** Streams with names that cannot be, events that the store of the case cannot decode, and such that expire. */
const NOT_TO_BE_CHECKED = /without a name|newer version|time to live/;

describe('a recorded store', () => {
  for (const { name, run } of eventStoreConformance(() => store)) {
    if (COMPARES_METADATA.test(name)) continue;
    it(`keeps the rules of an EventStore, and its history is sound: ${name}`, async () => {
      const purge = jest.spyOn(inner, 'purgeStream');
      await run();
      if (NOT_TO_BE_CHECKED.test(name)) return;
      const ignore = (stream: StreamId) => purge.mock.calls.some(([purged]) => sameStream(purged, stream));
      const final = await readFinalStreams(inner, streamsOf(recorder.records));
      expect(checkHistory(recorder.records, final, { ignore })).toEqual([]);
    });
  }

  it('is the store in every other respect', async () => {
    expect(store).toBeInstanceOf(InMemoryEventStore);
    expect(store.constructor).toBe(InMemoryEventStore);
    await store.append(stream, [noted], { expected: 'none' });
    expect((await store.listStreams('order')).items).toHaveLength(1);
    store.clear();
    expect((await inner.listStreams('order')).items).toEqual([]);
  });
});

describe('an append', () => {
  it('is recorded with what it was decided on, and names its operation in the metadata', async () => {
    const head = await store.append(stream, [noted, noted], { expected: 'none', metadata: { actorId: 'ada' } });
    expect(head.version).toBe(2);
    expect(recorder.records).toEqual([
      {
        kind: 'write',
        id: 'p-1-x',
        process: 'p',
        startedAt: 1,
        endedAt: 2,
        key: undefined,
        targets: [{ stream, events: 2, expected: 0 }],
        outcome: { kind: 'acknowledged', versions: [2] },
      },
    ]);
    expect((await eventsOf(inner))[0]!.metadata).toMatchObject({ actorId: 'ada', operationId: 'p-1-x' });
  });

  it('is recorded as decided on the version of a head or a number, or on none that is known', async () => {
    const head = await store.append(stream, [noted], { expected: 'any' });
    await store.append(stream, [noted], { expected: head });
    await store.append(stream, [noted], { expected: 2 });
    expect(targets().map(({ expected }) => expected)).toEqual([undefined, 1, 2]);
  });

  it('shares a key with its repetitions', async () => {
    await store.append(stream, [noted], { expected: 'none', commitId: 'c' });
    await store.append(stream, [noted], { expected: 'none', commitId: 'c' });
    expect(recorder.records.map((record) => record.kind === 'write' && record.key)).toEqual(['c', 'c']);
    expect(checkHistory(recorder.records, await readFinalStreams(inner, [stream]))).toEqual([]);
  });

  it('that is refused keeps the conflict', async () => {
    await store.append(stream, [noted, noted], { expected: 'none' });
    await expect(store.append(stream, [noted], { expected: 'none' })).rejects.toBeInstanceOf(ConcurrencyError);
    expect(recorder.records[1]).toMatchObject({
      outcome: { kind: 'refused', conflicts: [{ stream, expected: 0, actual: 2, reason: 'moved-on' }] },
    });
  });

  it('that names an operation already is left to whoever records that one', async () => {
    await recorder.write('client', stream, (operationId) =>
      store.append(stream, [noted], { expected: 'none', metadata: { operationId } }),
    );
    expect(recorder.records.map(({ process }) => process)).toEqual(['client']);
    expect(checkHistory(recorder.records, await readFinalStreams(inner, [stream]))).toEqual([]);
  });

  it('to several streams is one write, with the streams that are only checked', async () => {
    const [first] = await store.appendAll([{ stream, events: [noted], expected: 'none', commitId: 'c1' }]);
    const appendAll = jest.spyOn(inner, 'appendAll');
    await store.appendAll([
      { stream: other, events: [noted], expected: 'none', commitId: 'c2' },
      { stream, expected: first! },
    ]);
    expect(appendAll.mock.calls[0]![0][1]).toEqual({ stream, expected: first });
    expect(recorder.records[1]).toMatchObject({
      key: 'c2',
      targets: [
        { stream: other, events: 1, expected: 0 },
        { stream, events: 0, expected: 1 },
      ],
      outcome: { kind: 'acknowledged', versions: [1, 1] },
    });
    expect(checkHistory(recorder.records, await readFinalStreams(inner, [stream, other]))).toEqual([]);
  });
});

describe('a read', () => {
  beforeEach(async () => {
    await inner.append(stream, [noted, noted], { expected: 'any' });
    await inner.append(stream, [noted, noted, noted], { expected: 'any' });
  });

  const FORMS: readonly (readonly [string, ReadRange, Pick<ReadRecord, 'from' | 'toEnd'>, number[]])[] = [
    ['everything', {}, { from: 1, toEnd: true }, [1, 2, 3, 4, 5]],
    ['a rest', { from: 4 }, { from: 4, toEnd: true }, [4, 5]],
    ['a rest that is empty', { from: 6 }, { from: 6, toEnd: true }, []],
    ['a part', { from: 2, to: 3 }, { from: 2, toEnd: false }, [2, 3]],
    ['a part that ends later than the stream', { from: 2, to: 9 }, { from: 2, toEnd: true }, [2, 3, 4, 5]],
    ['a part that is empty by definition', { from: 3, to: 2 }, { from: 3, toEnd: false }, []],
    ['a limited number', { limit: 2 }, { from: 1, toEnd: false }, [1, 2]],
    ['no more than there is', { limit: 9 }, { from: 1, toEnd: true }, [1, 2, 3, 4, 5]],
    ['the past', { asOf: new Date(0) }, { from: 1, toEnd: false }, []],
    ['everything backward', { order: 'backward' }, { from: 1, toEnd: true }, [1, 2, 3, 4, 5]],
    ['the last ones', { order: 'backward', limit: 2 }, { from: 4, toEnd: true }, [4, 5]],
    ['the last ones of a part', { order: 'backward', to: 4, limit: 2 }, { from: 3, toEnd: false }, [3, 4]],
    ['a part backward', { order: 'backward', from: 2, to: 3 }, { from: 2, toEnd: false }, [2, 3]],
    [
      'a part backward that is empty by definition',
      { order: 'backward', from: 3, to: 2 },
      { from: 3, toEnd: false },
      [],
    ],
    ['the past backward', { order: 'backward', asOf: new Date(0) }, { from: 1, toEnd: false }, []],
  ];
  it.each(FORMS)('of %s is recorded as what it covers', async (_what, range, coverage, versions) => {
    await eventsOf(store, range);
    const record = onlyRead();
    expect(record).toMatchObject({ ...coverage, stream, process: 'p', consistency: 'strong' });
    expect(record.events.map(({ version }) => version)).toEqual(versions);
  });

  it.each(FORMS)('of %s in portions is recorded in the same way', async (_what, range, coverage, versions) => {
    const events = store.read(stream, range);
    for await (const batch of events.batches()) expect(batch.length).toBeGreaterThan(0);
    const record = onlyRead();
    expect(record).toMatchObject(coverage);
    expect(record.events.map(({ version }) => version)).toEqual(versions);
  });

  it('that is broken off says nothing about what follows', async () => {
    for await (const { version } of store.read(stream)) if (version === 3) break;
    expect(onlyRead()).toMatchObject({
      from: 1,
      toEnd: false,
      events: [{ version: 1 }, { version: 2 }, { version: 3 }],
    });
  });

  it('backward that is broken off has seen the end all the same', async () => {
    for await (const { version } of store.read(stream, { order: 'backward' })) if (version === 4) break;
    expect(onlyRead()).toMatchObject({ from: 4, toEnd: true, events: [{ version: 4 }, { version: 5 }] });
  });

  it('is recorded for each iteration, from its start to its last event, and gives the head', async () => {
    const events = store.read(stream);
    expect(recorder.records).toEqual([]);
    for (let round = 0; round < 2; round++) for await (const event of events) expect(event.stream).toEqual(stream);
    expect(recorder.records.map(({ startedAt, endedAt }) => [startedAt, endedAt])).toEqual([
      [1, 2],
      [3, 4],
    ]);
    await expect(inner.append(stream, [noted], { expected: events.head! })).resolves.toMatchObject({ version: 6 });
  });

  it('that fails is recorded with its error, which the reader gets', async () => {
    const error = new StreamCorruptedError(stream, 2, 'gone');
    jest.spyOn(inner, 'read').mockReturnValue(failingAfterOne(error) as AsyncIterable<unknown> as EventSequence);
    await expect(eventsOf(store)).rejects.toBe(error);
    expect(onlyRead()).toMatchObject({ toEnd: false, error, events: [{ version: 1 }] });
  });

  it('has the consistency that was asked for, or that the store is said to have', async () => {
    await eventsOf(store, { consistency: 'eventual' });
    const eventual = recordStore(inner, recorder, 'p', { consistency: 'eventual' });
    await eventsOf(eventual);
    await eventsOf(eventual, { consistency: 'strong' });
    expect(recorder.records.map((record) => record.kind === 'read' && record.consistency)).toEqual([
      'eventual',
      'eventual',
      'strong',
    ]);
  });

  it('of the head is recorded with the version', async () => {
    const head = await store.head(stream);
    expect(onlyRead()).toMatchObject({ version: 5, source: 'events', toEnd: true });
    await expect(inner.append(stream, [noted], { expected: head })).resolves.toMatchObject({ version: 6 });
  });

  it('of state covers what follows on the state that was there', async () => {
    const { head } = await drained(await store.readState(stream, {}));
    await drained(await store.readState(stream, { after: head! }));
    expect(recorder.records).toMatchObject([
      { from: 1, version: 5, source: 'state', toEnd: true },
      { from: 6, version: 5, source: 'state', toEnd: true, events: [] },
    ]);
  });
});

async function eventsOf(from: EventStore, range: ReadRange = {}): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of from.read(stream, range)) events.push(event);
  return events;
}

async function drained({ events }: Awaited<ReturnType<EventStore['readState']>>): Promise<typeof events> {
  for await (const { stream: of } of events) expect(of).toEqual(stream);
  return events;
}

async function* failingAfterOne(error: Error): AsyncGenerator<Partial<RecordedEvent>> {
  await Promise.resolve();
  yield { version: 1, eventId: 'e' };
  throw error;
}

function onlyRead(): ReadRecord {
  const [record, ...others] = recorder.records;
  expect(others).toEqual([]);
  return record as ReadRecord;
}

function targets(): WriteRecord['targets'] {
  return recorder.records.flatMap((record) => (record.kind === 'write' ? record.targets : []));
}
