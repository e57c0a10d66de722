import { describe, expect, it } from '@jest/globals';
import type { SubscriptionDefinition } from './subscription-definition.js';
import {
  afterStart,
  firstRecord,
  generationOf,
  generationsOf,
  switched,
  withNext,
  withoutNext,
  withScan,
  withScanDone,
  withScanPaused,
} from './subscription-record.js';

function code(version: number, kind: 'projection' | 'reactor' = 'projection', from: 'beginning' | 'now' = 'beginning') {
  return { kind, version, from, views: [] as never[] } as unknown as SubscriptionDefinition;
}

const built = withoutScan();
function withoutScan() {
  const first = firstRecord(code(1), 100);
  return withScanDone(first, 1, 1) ?? first;
}

describe('the record of a subscription', () => {
  it('begins with a scan of the table', () => {
    expect(firstRecord(code(2), 100)).toEqual({
      kind: 'projection',
      paused: false,
      active: { number: 1, version: 2, scan: { id: 1, reason: 'first start', orderedAt: 100 } },
      latest: 1,
      scans: 1,
    });
  });

  it('from now on begins with the instant, and no scan', () => {
    expect(firstRecord(code(1, 'reactor', 'now'), 100)).toEqual({
      kind: 'reactor',
      paused: false,
      active: { number: 1, version: 1, since: 100 },
      latest: 1,
      scans: 0,
    });
  });

  it('stays as it is when code of the same or an older version starts, or a reactor', () => {
    const two = firstRecord(code(2), 0);
    expect([afterStart(two, code(2), 1), afterStart(two, code(1), 1)]).toEqual([undefined, undefined]);
    expect(afterStart(firstRecord(code(1, 'reactor'), 0), code(5, 'reactor'), 1)).toBeUndefined();
  });

  it('gets a new build beside the active one when the code is newer, once', () => {
    const raised = afterStart(built, code(2), 500);
    expect(raised).toEqual({
      ...built,
      next: { number: 2, version: 2, scan: { id: 2, reason: 'new version', orderedAt: 500 } },
      latest: 2,
      scans: 2,
    });
    expect(raised && afterStart(raised, code(2), 600)).toBeUndefined();
    expect(raised && afterStart(raised, code(1), 600)).toBeUndefined();
    expect(raised && afterStart(raised, code(3), 600)?.next).toMatchObject({ number: 3, version: 3 });
  });

  it('gives no number twice, though builds are given up', () => {
    const second = withoutNext(withNext(built, code(1), 'rebuild', 1));
    expect(second.next).toBeUndefined();
    expect(withNext(second, code(1), 'rebuild', 2)).toMatchObject({ next: { number: 3, scan: { id: 3 } }, latest: 3 });
    expect(withoutNext(built)).toBe(built);
  });

  it('loses a scan that is done, but not one that was ordered meanwhile', () => {
    const ordered = withScan(built, 1, 'trimmed', 7);
    expect(ordered.active.scan).toEqual({ id: 2, reason: 'trimmed', orderedAt: 7 });
    expect(withScanDone(ordered, 1, 1)).toBeUndefined();
    expect(withScanDone(ordered, 1, 2)?.active).toEqual({ number: 1, version: 1 });
    expect(withScanDone(ordered, 9, 2)).toBeUndefined();
  });

  it('keeps since when, and that it is a replay, when a scan is done', () => {
    const reactor = withScan(firstRecord(code(1, 'reactor', 'now'), 5), 1, 'trimmed', 7);
    expect(withScanDone(reactor, 1, 1)?.active).toEqual({ number: 1, version: 1, since: 5 });
    expect(withScanDone(withNext(reactor, code(1), 'replay', 8, true), 2, 2)?.next).toEqual({
      number: 2,
      version: 1,
      replay: true,
    });
  });

  it('pauses the scan of one build, and goes on with the same', () => {
    const building = withNext(withScan(built, 1, 'trimmed', 1), code(1), 'rebuild', 2);
    const paused = withScanPaused(building, 2, true);
    expect([paused.active.scan?.paused, paused.next?.scan?.paused]).toEqual([undefined, true]);
    expect(withScanPaused(paused, 2, false)).toEqual(building);
    expect(withScanPaused(built, 1, true)).toEqual(built);
  });

  it('switches to the next build, but not to a replay', () => {
    const next = withNext(built, code(2), 'rebuild', 1);
    expect(switched(next)).toEqual({ ...built, active: next.next, latest: 2, scans: 2 });
    expect([switched(built), switched(withNext(built, code(1), 'replay', 1, true))]).toEqual([undefined, undefined]);
  });

  it('knows its builds by number', () => {
    const next = withNext(built, code(2), 'rebuild', 1);
    expect(generationsOf(next).map(({ number }) => number)).toEqual([1, 2]);
    expect(generationsOf(built).map(({ number }) => number)).toEqual([1]);
    expect(generationOf(next, 2)?.version).toBe(2);
    expect(generationOf(next, 3)).toBeUndefined();
  });
});
