import { describe, expect, it } from '@jest/globals';
import { FAULT_KINDS, type FaultKind, type FaultRates, type FaultRequest } from './fault.js';
import { FaultSchedule, type FaultChoice } from './fault-schedule.js';

const put: FaultRequest = { operation: 'PutItem', input: { TableName: 't' } };
const read: FaultRequest = { operation: 'Query', input: { TableName: 't' } };
const transaction: FaultRequest = { operation: 'TransactWriteItems', input: { TransactItems: [{}, {}, {}] } };
const COUNT = 400;

function faults(choice: Partial<FaultChoice>, request: FaultRequest = put): unknown[] {
  const schedule = new FaultSchedule({ seed: 1, ...choice });
  return Array.from({ length: COUNT }, (_, index) => schedule.faultOf(request, index));
}

function kinds(choice: Partial<FaultChoice>, request?: FaultRequest): (FaultKind | undefined)[] {
  return faults(choice, request).map((fault) => (fault as { kind: FaultKind } | undefined)?.kind);
}

const many: FaultRates = { dropRequest: 0.1, dropResponse: 0.1, throttle: 0.1, duplicate: 0.1, delay: 0.1 };

describe('the faults of a seed', () => {
  it('are the same each time, and others for another seed', () => {
    expect(faults({ rates: many })).toEqual(faults({ rates: many }));
    expect(faults({ rates: many })).not.toEqual(faults({ rates: many, seed: 2 }));
  });

  it('do not depend on which requests were asked about before', () => {
    const schedule = new FaultSchedule({ seed: 1, rates: many });
    const backward = Array.from({ length: COUNT }, (_, index) => schedule.faultOf(put, COUNT - 1 - index));
    expect(backward.reverse()).toEqual(faults({ rates: many }));
  });

  it('come about as often as the rates say', () => {
    const count = (kind: FaultKind): number =>
      kinds({ rates: { dropRequest: 0.25, throttle: 0.75 } }).filter((found) => found === kind).length;
    expect(count('dropRequest')).toBeGreaterThan(COUNT * 0.25 - 40);
    expect(count('dropRequest')).toBeLessThan(COUNT * 0.25 + 40);
    expect(count('throttle')).toBeGreaterThan(COUNT * 0.75 * 0.75 - 40);
    expect(count('throttle')).toBeLessThan(COUNT * 0.75 * 0.75 + 40);
  });

  it('are none without rates, and one per request at rate 1', () => {
    expect(kinds({})).toEqual(Array(COUNT).fill(undefined));
    expect(kinds({ rates: { resend: 1 } })).toEqual(Array(COUNT).fill('resend'));
  });

  it('stay where they are when a kind drawn after them is taken out', () => {
    const all = faults({ rates: many });
    const fewer = faults({ rates: { ...many, delay: 0 } });
    expect(fewer).toEqual(
      all.map((fault) => ((fault as { kind: string } | undefined)?.kind === 'delay' ? undefined : fault)),
    );
  });

  it('let others through in their place only where they were, when a kind is taken out', () => {
    const all = faults({ rates: many });
    const fewer = faults({ rates: { ...many, dropRequest: 0 } });
    const changed = all.flatMap((fault, index) => (fault === fewer[index] ? [] : [[fault, fewer[index]]]));
    for (const [before, after] of changed.filter(([before, after]) => JSON.stringify(before) !== JSON.stringify(after)))
      expect([before, after]).toEqual([expect.objectContaining({ kind: 'dropRequest' }), after]);
  });
});

describe('a replay', () => {
  const all = faults({ rates: many });
  const hit = all.flatMap((fault, index) => (fault === undefined ? [] : [index]));

  it('with only some requests at fault keeps exactly their faults', () => {
    const only = new Set(hit.filter((_, place) => place % 3 === 0));
    expect(faults({ rates: many, only })).toEqual(all.map((fault, index) => (only.has(index) ? fault : undefined)));
  });

  it('without the faults of some requests keeps those of the others', () => {
    const without = new Set(hit.slice(0, 2));
    expect(faults({ rates: many, without })).toEqual(
      all.map((fault, index) => (without.has(index) ? undefined : fault)),
    );
  });

  it('leaves scripted faults out likewise, and asks the script all the same', () => {
    let asked = 0;
    const plan = (): FaultKind => {
      asked += 1;
      return 'resend';
    };
    expect(kinds({ plan, only: new Set([3]) }).filter(Boolean)).toEqual(['resend']);
    expect(asked).toBe(COUNT);
  });
});

describe('what can happen to a request', () => {
  const everything = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 1])) as FaultRates;
  const possible = (request: FaultRequest): FaultKind[] =>
    FAULT_KINDS.filter((kind) => kinds({ rates: { [kind]: 1 } }, request)[0] === kind);
  const general: FaultKind[] = [
    'kill',
    'dropRequest',
    'dropResponse',
    'throttle',
    'serverError',
    'resend',
    'lateRequest',
    'duplicate',
    'delay',
  ];

  it.each<[string, FaultRequest, FaultKind[]]>([
    ['a write', put, ['transactionConflict']],
    ['a transaction', transaction, ['transactionConflict']],
    [
      'a transaction of reads',
      { operation: 'TransactGetItems', input: { TransactItems: [{}] } },
      ['transactionConflict'],
    ],
    ['an eventually consistent page', read, ['staleRead', 'partialResult']],
    ['a strongly consistent page', { ...read, input: { ConsistentRead: true } }, ['partialResult']],
    ['an eventually consistent item', { operation: 'GetItem', input: { ConsistentRead: false } }, ['staleRead']],
    ['a strongly consistent item', { operation: 'GetItem', input: { ConsistentRead: true } }, []],
    ['a batch of writes', { operation: 'BatchWriteItem', input: {} }, ['partialResult']],
    [
      'a batch of reads',
      { operation: 'BatchGetItem', input: { RequestItems: { t: {} } } },
      ['staleRead', 'partialResult'],
    ],
    [
      'a batch of reads, one of them strongly consistent',
      { operation: 'BatchGetItem', input: { RequestItems: { t: {}, u: { ConsistentRead: true } } } },
      ['partialResult'],
    ],
    ['a request about tables', { operation: 'DescribeTable', input: {} }, []],
  ])('%s', (_, request, special) => {
    expect(possible(request).sort()).toEqual([...general, ...special].sort());
  });

  it('is one fault only, the first in order', () => {
    expect(kinds({ rates: everything })).toEqual(Array(COUNT).fill('kill'));
    expect(kinds({ rates: { ...everything, kill: 0 } })).toEqual(Array(COUNT).fill('dropRequest'));
  });
});

describe('details', () => {
  const details = (kind: FaultKind, request: FaultRequest = put, rates: FaultRates = {}): Record<string, unknown>[] =>
    faults({ rates: { ...rates, [kind]: 1 } }, request) as Record<string, unknown>[];
  const values = (kind: FaultKind, name: string, request?: FaultRequest): Set<unknown> =>
    new Set(details(kind, request).map((fault) => fault[name]));

  it('are drawn in all their variety', () => {
    expect(values('kill', 'carriedOut')).toEqual(new Set([true, false]));
    expect(values('serverError', 'carriedOut')).toEqual(new Set([true, false]));
    expect(values('serverError', 'status')).toEqual(new Set([500, 503]));
    expect(values('dropRequest', 'code')).toEqual(new Set(['ECONNRESET', 'ETIMEDOUT']));
    expect(values('throttle', 'error')).toEqual(
      new Set(['ThrottlingException', 'ProvisionedThroughputExceededException']),
    );
    expect(values('throttle', 'item', transaction)).toEqual(new Set([0, 1, 2]));
    expect(values('transactionConflict', 'item', transaction)).toEqual(new Set([0, 1, 2]));
    expect(values('staleRead', 'age', read)).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8]));
  });

  it('hold waits within the bounds, before, after or both', () => {
    const delays = details('delay', put, { delayMs: [5, 7] });
    const waits = delays.flatMap(({ beforeMs, afterMs }) => [beforeMs, afterMs]);
    expect(new Set(waits)).toEqual(new Set([undefined, 5, 6, 7]));
    expect(delays.every((fault) => 'beforeMs' in fault || 'afterMs' in fault)).toBe(true);
    expect(delays.some((fault) => 'beforeMs' in fault && 'afterMs' in fault)).toBe(true);
    expect(new Set(details('duplicate', put, { delayMs: [2, 2] }).map(({ afterMs }) => afterMs))).toEqual(new Set([2]));
  });

  it('of a script stand, and only those left out are drawn', () => {
    const plan = () => ({ kind: 'serverError', carriedOut: true }) as const;
    const scripted = faults({ plan }) as Record<string, unknown>[];
    expect(new Set(scripted.map(({ carriedOut }) => carriedOut))).toEqual(new Set([true]));
    expect(new Set(scripted.map(({ status }) => status))).toEqual(new Set([500, 503]));
    expect(faults({ plan: () => ({ kind: 'delay', afterMs: 3 }) })[0]).toEqual({ kind: 'delay', afterMs: 3 });
  });

  it('of a kind are the same, scripted or drawn', () => {
    expect(faults({ plan: () => 'serverError' })).toEqual(faults({ rates: { serverError: 1 } }));
  });
});

it('a script comes first, and what it leaves is drawn', () => {
  const plan = (_: FaultRequest, index: number): FaultKind | undefined => (index === 0 ? 'throttle' : undefined);
  expect(kinds({ plan, rates: { resend: 1 } }).slice(0, 3)).toEqual(['throttle', 'resend', 'resend']);
});
