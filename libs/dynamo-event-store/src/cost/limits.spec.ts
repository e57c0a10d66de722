import { describe, expect, it } from '@jest/globals';
import { CommitTooLargeError, EventTooLargeError, SnapshotTooLargeError } from '../errors/store-errors.js';
import { costOfAppend, costOfSaveAll } from './append-cost.js';
import { commitBytes, commitItemBytes, type CommitShape } from './commit-sizes.js';
import { times, totalOf } from './cost.js';
import { snapshotBytes } from './item-sizes.js';
import { MAX_ITEM_BYTES } from './limits.js';
import { priceOf } from './prices.js';
import { thrownBy } from '../../../../test/support/thrown-by.js';

const stream = { aggregate: 'order', id: 'o-1' };
const event = { type: 'order-placed@1', bytes: 300 };
const shape: CommitShape = { stream, version: 8, events: [event] };
const snapshot = { stream, version: 3, stateBytes: 600 };
const append = { commit: 500 };
const cost = costOfAppend(append);
const appends = (count: number) => Array.from({ length: count }, () => append);
/** As a caller without types passes it. */
const any = (value: unknown): never => value as never;

describe('what is too large for the store', () => {
  const megabytes = (count: number) => ({ ...event, bytes: count * 1024 * 1024 });

  it('is refused as the store does it', () => {
    const whole = thrownBy(() => commitItemBytes({ ...shape, events: [megabytes(2), megabytes(2)] }));
    expect(whole).toBeInstanceOf(CommitTooLargeError);
    expect(whole).toMatchObject({ stream, events: 2, limit: 4_193_792 });
    for (const events of [[megabytes(5)], [event, megabytes(5)]]) {
      const one = thrownBy(() => commitItemBytes({ ...shape, events }));
      expect(one).toBeInstanceOf(EventTooLargeError);
      expect(one).toMatchObject({ eventType: 'order-placed', index: events.length - 1, limit: 4_193_792 });
    }
  });

  it('is what is too large before compression, and what is too large besides the events', () => {
    const before = thrownBy(() => commitBytes({ ...shape, events: [megabytes(65)], compressedBytes: 1_000 }));
    expect(before).toMatchObject({ code: 'EVENT_TOO_LARGE', limit: 64 * 1024 * 1024 });
    const metadata = { ...shape, metadataBytes: 300_000 };
    expect(commitBytes(metadata)).toBeGreaterThan(300_000);
    const besides = thrownBy(() => commitBytes({ ...metadata, events: [{ ...event, bytes: 200_000 }] }));
    expect(besides).toMatchObject({ code: 'COMMIT_TOO_LARGE', limit: MAX_ITEM_BYTES });
    expect(thrownBy(() => commitBytes({ ...shape, metadataBytes: 2 ** 40 }))).toBeInstanceOf(CommitTooLargeError);
  });

  it('is a snapshot above 400 KB, of which none is kept', () => {
    const error = thrownBy(() => snapshotBytes({ ...snapshot, stateBytes: 500_000 }));
    expect(error).toBeInstanceOf(SnapshotTooLargeError);
    expect(snapshotBytes({ ...snapshot, stateBytes: 500_000, compressedBytes: 100_000 })).toBeLessThan(101_000);
  });

  it('is not the most that the store takes', () => {
    const items = commitItemBytes({ ...shape, events: [{ ...event, bytes: 4_192_700 }] });
    expect(costOfAppend({ commit: items }).writeUnits).toBeGreaterThan(2 * 4_094);
    expect(costOfSaveAll({ appends: appends(97), unchanged: 3 }).writeUnits).toBe(200);
  });
});

describe('what is never sent', () => {
  it('costs nothing: a saveAll without recorded events', () => {
    expect(costOfSaveAll({ appends: [] })).toEqual(totalOf());
    expect(costOfSaveAll({ appends: [], unchanged: 2 })).toEqual(totalOf());
  });
});

describe('what is absent', () => {
  it('is the default, also when it is said', () => {
    const unsaid = { perMillionWriteUnits: undefined, perGigabyteMonth: 1 };
    expect(priceOf({ writeUnits: 1e6, readUnits: any(undefined) }, unsaid)).toBe(0.625);
    expect(commitBytes(any({ ...shape, ttl: undefined, metadataBytes: undefined }))).toBe(commitBytes(shape));
    expect(costOfAppend(any({ ...append, listing: undefined, reservations: undefined }))).toEqual(cost);
  });

  it('is no price of its own: the requests of a cost', () => {
    expect(priceOf(times(1_000_000, cost))).toBe(0.625);
  });
});
