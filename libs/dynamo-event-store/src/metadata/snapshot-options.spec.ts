import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  allOf,
  anyOf,
  everyBytes,
  everyEvents,
  policyOf,
  type SnapshotPolicy,
  type SnapshotProgress,
} from './snapshot-options.js';

const progress = (events: number, bytes = 0): SnapshotProgress => ({
  version: 500,
  events,
  bytes,
  since: undefined,
  aggregate: {},
});
const [yes, no]: SnapshotPolicy[] = [() => true, () => false];

describe('a policy', () => {
  it('by events counts those since the last snapshot, not the version', () => {
    expect([99, 100, 101].map((events) => everyEvents(100)(progress(events)))).toEqual([false, true, true]);
  });

  it('by bytes counts those since the last snapshot', () => {
    expect([99, 100, 101].map((bytes) => everyBytes(100)(progress(1, bytes)))).toEqual([false, true, true]);
  });

  it('of several is met by any of them, or by all of them', () => {
    expect(
      [anyOf(yes!, no!), anyOf(no!, no!), allOf(yes!, no!), allOf(yes!, yes!)].map((each) => each(progress(1))),
    ).toEqual([true, false, false, true]);
    expect([anyOf()(progress(1)), allOf()(progress(1))]).toEqual([false, true]);
  });

  it('can be made of others', () => {
    const policy = allOf(everyEvents(10), anyOf(everyBytes(1000), everyEvents(50)));
    expect([progress(9, 5000), progress(10, 999), progress(10, 1000), progress(50, 0)].map(policy)).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  it('is asked with all that happened', () => {
    const seen: SnapshotProgress[] = [];
    const given = progress(7, 8);
    anyOf(no!, (each) => seen.push(each) > 0)(given);
    expect(seen).toEqual([given]);
  });
});

describe('the policy of options', () => {
  it('is met as soon as one of their conditions is', () => {
    const condition = fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined });
    const answer = fc.option(fc.boolean(), { nil: undefined });
    fc.assert(
      fc.property(condition, condition, answer, fc.nat(9), fc.nat(9), (every, bytes, when, events, size) => {
        const policy = policyOf({
          ...(every === undefined ? {} : { every }),
          ...(bytes === undefined ? {} : { everyBytes: bytes }),
          ...(when === undefined ? {} : { when: () => when }),
        });
        const met = events >= (every ?? Infinity) || size >= (bytes ?? Infinity) || when === true;
        expect(policy(progress(events, size))).toBe(met);
      }),
    );
  });
});
