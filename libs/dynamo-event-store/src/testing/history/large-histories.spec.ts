import { expect, it } from '@jest/globals';
import type { RecordedEvent } from '../../event/recorded-event.js';
import { checkHistory } from './check-history.js';
import type { FinalStream } from './final-streams.js';
import { formatHistory } from './format-history.js';
import type { HistoryRecord } from './history-record.js';

const OPERATIONS = 100_000;
const metadata = (operationId: string) => ({ operationId, correlationId: 'x', causationId: 'x' });

/** One stream with a write, a late writer's conflict and a read of the end for every event. */
function longHistory(operations = OPERATIONS): { records: HistoryRecord[]; final: FinalStream } {
  const stream = { aggregate: 'order', id: 'a' };
  const records: HistoryRecord[] = [];
  const events: RecordedEvent[] = [];
  for (let version = 1; version <= operations / 4; version++) {
    const id = `w${version}`;
    const span = (start: number) => ({
      process: 'p',
      startedAt: version * 10 + start,
      endedAt: version * 10 + start + 3,
    });
    const eventId = `e${version}`;
    events.push({
      stream,
      version,
      eventId,
      commitId: id,
      type: 'noted',
      schemaVersion: 1,
      recordedAt: new Date(0),
      metadata: metadata(id),
      event: {},
    });
    const targets = [{ stream, events: 1, expected: version - 1 }];
    const conflicts = [{ stream, expected: version - 1, actual: version, reason: 'moved-on' as const }];
    const read = { kind: 'read', stream, consistency: 'strong', toEnd: true } as const;
    records.push(
      {
        kind: 'write',
        id,
        ...span(0),
        key: 'k'.concat(id),
        targets,
        outcome: { kind: 'acknowledged', versions: [version] },
      },
      { kind: 'write', id: `c${version}`, ...span(1), targets, outcome: { kind: 'refused', conflicts } },
      { ...read, id: `r${version}`, ...span(5), from: version, events: [{ version, eventId }] },
      { ...read, id: `h${version}`, ...span(6), from: 1, events: [], version },
    );
  }
  return { records, final: { stream, events } };
}

/** The same list, with a count of how often one of its elements was looked at. */
function counted<T>(list: readonly T[]): { readonly list: readonly T[]; readonly count: () => number } {
  let count = 0;
  const proxy = new Proxy(list, {
    get(target, property) {
      if (typeof property === 'string' && /^\d+$/.test(property)) count += 1;
      return Reflect.get(target, property, target) as unknown;
    },
  });
  return { list: proxy, count: () => count };
}

const BROKEN: readonly (readonly [string, (events: readonly RecordedEvent[]) => readonly RecordedEvent[]])[] = [
  ['sound', (events) => events],
  ['without its first event', (events) => events.slice(1)],
  ['backwards', (events) => [...events].reverse()],
];

it.each(BROKEN)('a long stream that is %s is looked through a few times, not once per operation', (_what, change) => {
  const { records, final } = longHistory(8_000);
  const all = counted(records);
  const events = counted(change(final.events));
  checkHistory(all.list, [{ ...final, events: events.list }]);
  expect(all.count() / records.length).toBeLessThan(10);
  expect(events.count() / final.events.length).toBeLessThan(50);
});

it(`a history of ${OPERATIONS} operations is checked and shown, also when all of it is broken`, () => {
  const { records, final } = longHistory();
  expect(checkHistory(records, [final])).toEqual([]);
  expect(checkHistory(records, [])).toHaveLength(OPERATIONS);
  expect(formatHistory(records).split('\n')).toHaveLength(OPERATIONS);
}, 120_000);

it('many attempts of one write are checked', () => {
  const stream = { aggregate: 'order', id: 'a' };
  const records = Array.from({ length: OPERATIONS }, (_, index): HistoryRecord => ({
    kind: 'write',
    id: `w${index}`,
    process: 'p',
    startedAt: index,
    endedAt: index + 1,
    key: 'k',
    targets: [{ stream }],
    outcome: { kind: 'unknown' },
  }));
  const [event] = longHistory().final.events;
  const final = [{ stream, events: [{ ...event!, metadata: metadata('k') }] }];
  expect(checkHistory(records, final)).toEqual([]);
}, 120_000);
