import { expect, it } from '@jest/globals';
import { checkHistory } from './check-history.js';
import { formatHistory } from './format-history.js';
import type { HistoryRecord } from './history-record.js';

const a = { aggregate: 'order', id: 'a' };
const b = { aggregate: 'order', id: 'b' };
const c = { aggregate: 'order', id: 'c', tenant: 'acme' };

const records: HistoryRecord[] = [
  {
    kind: 'write',
    id: 'w2',
    process: 'worker-2',
    startedAt: 5,
    endedAt: 10,
    key: 'k',
    targets: [
      { stream: a, expected: 0, events: 2 },
      { stream: b, events: 0, expected: 0 },
    ],
    outcome: { kind: 'acknowledged', versions: [2, undefined], repeated: true },
  },
  {
    kind: 'write',
    id: 'w1',
    process: 'worker-1',
    startedAt: 1,
    endedAt: undefined,
    targets: [{ stream: c, events: 1 }],
    outcome: { kind: 'unknown' },
  },
  {
    kind: 'write',
    id: 'w3',
    process: 'worker-1',
    startedAt: 6,
    endedAt: 7,
    targets: [{ stream: a }],
    outcome: { kind: 'refused', conflicts: [{ stream: a, expected: 1, actual: 2, reason: 'moved-on' }] },
  },
  {
    kind: 'write',
    id: 'w4',
    process: 'worker-1',
    startedAt: 7,
    endedAt: 8,
    targets: [{ stream: b }],
    outcome: { kind: 'refused', error: new RangeError('no') },
  },
  {
    kind: 'write',
    id: 'w5',
    process: 'worker-1',
    startedAt: 8,
    endedAt: 9,
    targets: [{ stream: c }],
    outcome: { kind: 'nothing' },
  },
  {
    kind: 'read',
    id: 'r1',
    process: 'worker-2',
    startedAt: 11,
    endedAt: 12,
    stream: b,
    consistency: 'strong',
    from: 1,
    events: [
      { version: 1, eventId: 'e1' },
      { version: 2, eventId: 'e2' },
    ],
    toEnd: true,
  },
  {
    kind: 'read',
    id: 'r2',
    process: 'worker-2',
    startedAt: 13,
    endedAt: 14,
    stream: c,
    consistency: 'eventual',
    from: 2,
    events: [],
    toEnd: false,
    error: new TypeError('gone'),
  },
  {
    kind: 'read',
    id: 'r3',
    process: 'worker-2',
    startedAt: 15,
    endedAt: 16,
    stream: a,
    consistency: 'strong',
    from: 1,
    events: [],
    toEnd: true,
    version: 2,
  },
];

it('shows one line per operation, in order of their starts', () => {
  expect(formatHistory(records).split('\n')).toEqual([
    '   1       worker-1  write  w1  acme:order/c, 1 event                                       -> unknown',
    '   5   10  worker-2  write  w2  order/a on 0, 2 events and order/b on 0 checked with key k  -> acknowledged at 2, ?, repeated',
    '   6   7   worker-1  write  w3  order/a                                                     -> refused: order/a moved-on, expected 1, found 2',
    '   7   8   worker-1  write  w4  order/b                                                     -> refused: RangeError',
    '   8   9   worker-1  write  w5  acme:order/c                                                -> nothing to write',
    '   11  12  worker-2  read   r1  order/b from 1, strong                                      -> versions 1 to 2 and the end',
    '   13  14  worker-2  read   r2  acme:order/c from 2, eventual                               -> nothing, then TypeError',
    '   15  16  worker-2  read   r3  order/a from 1, strong                                      -> version 2',
  ]);
});

it('with a violation shows its message and only the operations on its streams, and marks those it names', () => {
  const violation = checkHistory(records, []).find(({ rule, stream }) => rule === 'lost' && stream === a)!;
  const lines = formatHistory(records, violation).split('\n');
  expect(lines[0]).toBe(`lost (guarantee 2): ${violation.message}`);
  expect(lines.slice(1).map((line) => [line[0], /\b[wr]\d/.exec(line)?.[0]])).toEqual([
    ['!', 'w2'],
    [' ', 'w3'],
    [' ', 'w4'],
    [' ', 'r1'],
    [' ', 'r3'],
  ]);
});

it('is empty for an empty history', () => {
  expect(formatHistory([])).toBe('');
});
