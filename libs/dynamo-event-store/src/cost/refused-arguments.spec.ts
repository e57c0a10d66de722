import { describe, expect, it } from '@jest/globals';
import {
  bytesOf,
  commitBytes,
  costOfAppend,
  costOfAppendAll,
  costOfArchive,
  costOfClose,
  costOfHead,
  costOfHolder,
  costOfList,
  costOfLoad,
  costOfLoadWithSnapshot,
  costOfOwnViewStep,
  costOfPurge,
  costOfReactorStep,
  costOfRead,
  costOfRebuild,
  costOfRefusedAppend,
  costOfSaveAll,
  costOfSharedViewsStep,
  costOfSnapshot,
  costOfStoredCommand,
  costOfUpdate,
  costOfWarmLoad,
  itemBytes,
  listingBytes,
  MAX_ITEM_BYTES,
  pagesOf,
  priceOf,
  readUnits,
  receiptBytes,
  reservationBytes,
  snapshotBytes,
  storedBytes,
  times,
  totalOf,
  unitsOfBatch,
  unitsOfChange,
  unitsOfIndex,
  unitsOfPages,
  unitsOfRefusal,
  unitsOfTransaction,
  writeUnits,
  type CommitShape,
} from './index.js';
import { InvalidArgumentError } from '../errors/argument-errors.js';

const LARGE = MAX_ITEM_BYTES + 1;
const stream = { aggregate: 'order', id: 'o-1' };
const event = { type: 'order-placed@1', bytes: 300 };
const shape: CommitShape = { stream, version: 8, events: [event] };
const receipt = { stream, first: 1, last: 1 };
const snapshot = { stream, version: 3, stateBytes: 600 };
const append = { commit: 500 };
const cost = costOfAppend(append);
const purge = { items: [500, 600], lastCommit: 600, end: 200, listing: 100 };

/** As a caller without types passes it. */
const any = (value: unknown): never => value as never;
const appends = (count: number) => Array.from({ length: count }, () => append);

type Refused = readonly [argument: string, call: () => unknown, message?: string];

const SIZES: readonly Refused[] = [
  ['bytes', () => writeUnits(-1), 'bytes: is -1, but must be the bytes of an item, from 0 to 409600'],
  ['bytes', () => writeUnits(LARGE), 'give each item for itself, as commitItemBytes does'],
  ['bytes', () => writeUnits(any('500')), 'bytes: is "500", but must be'],
  ['bytes', () => storedBytes(-1)],
  ['bytes', () => storedBytes(LARGE)],
  ['before', () => unitsOfChange(Number.NaN, 1)],
  ['after', () => unitsOfChange(1, LARGE)],
  ['inTheWay', () => unitsOfRefusal(-1, 1)],
  ['brought', () => unitsOfRefusal(1, LARGE)],
  ['change', () => unitsOfIndex(any(5)), 'change: is 5, but must be an object such as { before, after }'],
  ['change.before', () => unitsOfIndex({ before: -1 })],
  ['change.after', () => unitsOfIndex({ after: LARGE })],
  ['change.moved', () => unitsOfIndex({ before: 1, moved: any('no') }), 'is "no", but must be true or false'],
  ['changes[0]', () => unitsOfTransaction([-1]), 'changes[0]: is -1, but must be a whole number from 1 to 400'],
  ['changes[1]', () => unitsOfTransaction([1, 0.5])],
  ['changes', () => unitsOfTransaction([]), 'changes: has 0 elements, but must have 1 to 100'],
  ['changes', () => unitsOfTransaction(Array<number>(101).fill(1))],
  ['changes', () => unitsOfTransaction(any(3)), 'changes: is 3, but must be a list'],
  ['indexes', () => unitsOfTransaction([1], -1)],
  ['bytes', () => readUnits(10_000_000)],
  ['consistency', () => readUnits(1, any('eventually')), 'must be "eventual" or "strong" or "transactional"'],
  ['items[1]', () => unitsOfBatch([1, LARGE])],
  ['consistency', () => unitsOfBatch([], any('yes'))],
  ['items[3]', () => pagesOf([1, 2, 3, Infinity])],
  ['items.count', () => pagesOf({ count: 1.5, bytes: 1 })],
  ['items.bytes', () => pagesOf({ count: 1, bytes: LARGE })],
  ['items.count', () => bytesOf({ count: -1, bytes: 1 })],
  ['items', () => bytesOf(any('10')), 'items: is "10", but must be an object such as { count, bytes }, or a list'],
  ['pages[0].bytes', () => unitsOfPages([{ items: 1, bytes: -1 }])],
  ['pages[0]', () => unitsOfPages(any([5]))],
  ['item', () => itemBytes(any(undefined))],
  ['item', () => itemBytes(any({ pk: 'o-1' })), 'must be in the form of the AWS SDK'],
];

const SHAPES: readonly Refused[] = [
  ['commit', () => commitBytes(any(500))],
  ['stream', () => commitBytes(any({ version: 8, events: [event] }))],
  ['stream.id', () => commitBytes({ ...shape, stream: { ...stream, id: '' } })],
  ['stream', () => listingBytes({ ...stream, id: 'x'.repeat(2_048) }), 'the limit is 2048'],
  ...[0, 1.5, Number.NaN, -1, 2 ** 53, any('8')].map((version: number): Refused => [
    'version',
    () => commitBytes({ ...shape, version }),
    'must be a whole number from 1',
  ]),
  ['events', () => commitBytes({ ...shape, events: any(event) }), 'events: is an object, but must be a list'],
  ['events', () => commitBytes({ ...shape, version: 1, events: [] })],
  ['events[1]', () => commitBytes({ ...shape, events: [event, any(300)] })],
  ['events[1].bytes', () => commitBytes({ ...shape, events: [event, { ...event, bytes: -1 }] })],
  ['events[0].bytes', () => commitBytes({ ...shape, events: [{ ...event, bytes: any('300') }] })],
  ['events[0].type', () => commitBytes({ ...shape, events: [{ ...event, type: '' }] })],
  ['events[0].type', () => commitBytes({ ...shape, events: [{ ...event, type: 'placed' }] }), 'as in placed@1'],
  ['events[0].binary', () => commitBytes({ ...shape, events: [{ ...event, binary: any('no') }] })],
  ['compressedBytes', () => commitBytes({ ...shape, compressedBytes: Number.NaN })],
  ['compressedBytes', () => commitBytes({ ...shape, compressedBytes: -5_000 }), 'compressedBytes: is -5000, but'],
  ['metadataBytes', () => commitBytes({ ...shape, metadataBytes: -1 })],
  ['ttl', () => commitBytes({ ...shape, ttl: Infinity })],
  ['ttl', () => commitBytes({ ...shape, ttl: -5 })],
  ['recordedAt', () => commitBytes({ ...shape, recordedAt: 9e15 })],
  ['commitId', () => commitBytes({ ...shape, commitId: '' })],
  ['reservations', () => commitBytes({ ...shape, reservations: any('email') })],
  ['reservations[0]', () => commitBytes({ ...shape, reservations: [''] })],
  ['last', () => receiptBytes({ ...receipt, first: 3 }), 'last: is 1, but must be a whole number from 3'],
  ['first', () => receiptBytes({ ...receipt, first: 0 })],
  ['fingerprint', () => receiptBytes({ ...receipt, fingerprint: any('POST /') })],
  ['ttl', () => receiptBytes({ ...receipt, ttl: 1.5 })],
  ['scope', () => reservationBytes(stream, '')],
  ['commitId', () => reservationBytes(stream, 'email', '')],
  ['recordedAt', () => listingBytes(stream, Number.NaN)],
  ['version', () => snapshotBytes({ ...snapshot, version: 0 })],
  ['stateBytes', () => snapshotBytes({ ...snapshot, stateBytes: -1 })],
  ['compressedBytes', () => snapshotBytes({ ...snapshot, compressedBytes: -1 })],
  ['first', () => snapshotBytes({ ...snapshot, first: 4 }), 'first: is 4, but must be a whole number from 1 to 3'],
  ['schemaVersion', () => snapshotBytes({ ...snapshot, schemaVersion: 0 })],
];

const WRITES: readonly Refused[] = [
  ['append', () => costOfAppend(any(500)), 'append: is 500, but must be an object such as { commit }'],
  ['commit', () => costOfAppend(any(shape))],
  ['commit', () => costOfAppend({ commit: any(shape) }), 'commit: is an object, but must be the bytes of an item'],
  ['commit', () => costOfAppend({ commit: any('500') })],
  ['commit', () => costOfAppend({ commit: [] }), 'commit: has 0 elements'],
  ['commit', () => costOfAppend({ commit: 0 })],
  ['commit', () => costOfAppend({ commit: 1_000_000 }), 'as commitItemBytes does'],
  ['commit', () => costOfAppend({ commit: Array<number>(13).fill(400_000) }), 'a commit holds at most 4193792'],
  ['commit[1]', () => costOfAppend({ commit: [MAX_ITEM_BYTES, LARGE] })],
  ['listing', () => costOfAppend({ ...append, listing: -1 })],
  ['receipt', () => costOfAppend({ ...append, receipt: LARGE })],
  ['lastCommit', () => costOfAppend({ ...append, lastCommit: -1 })],
  ['reservations[1]', () => costOfAppend({ ...append, reservations: [0, -1] })],
  ['append', () => costOfAppend({ ...append, reservations: Array<number>(100).fill(200) }), 'takes 101 items'],
  ['appends', () => costOfSaveAll({ appends: appends(101) }), 'takes 101 items and 50500 bytes; a transaction holds'],
  ['appends', () => costOfSaveAll({ appends: appends(98), unchanged: 3 })],
  ['appends', () => costOfSaveAll({ appends: appends(1), unchanged: 2 ** 52 })],
  ['appends', () => costOfSaveAll({ appends: Array.from({ length: 11 }, () => ({ commit: 400_000 })) })],
  ['appends[1].commit', () => costOfSaveAll({ appends: [append, { commit: -1 }] })],
  ['appends', () => costOfSaveAll({ appends: any(append) })],
  ['unchanged', () => costOfSaveAll({ appends: [append], unchanged: -1 })],
  ['unchanged', () => costOfSaveAll({ appends: [], unchanged: 0.5 })],
  ['write', () => costOfSaveAll(any([append])), 'write: is a list, but must be an object'],
  ['appends', () => costOfAppendAll({ appends: [] }), 'needs at least one stream'],
  ['append.commit', () => costOfRefusedAppend({ append: { commit: -1 }, inTheWay: 1 })],
  ['inTheWay', () => costOfRefusedAppend({ append, inTheWay: LARGE })],
  ['inTheWay[1]', () => costOfRefusedAppend({ append, inTheWay: [1, -1] })],
  [
    'append',
    () => costOfRefusedAppend({ append: { commit: 1, reservations: Array<number>(100).fill(1) }, inTheWay: 1 }),
  ],
  ['append.listing', () => costOfUpdate({ append: { ...append, listing: -1 } })],
  ['load', () => costOfUpdate({ append, load: any(3) })],
  ['reload.readUnits', () => costOfUpdate({ append, reload: { ...cost, readUnits: Number.NaN } })],
  ['lost[1]', () => costOfUpdate({ append, lost: [500, -1] })],
  ['bytes', () => costOfSnapshot(LARGE)],
  ['replaced', () => costOfSnapshot(500, -1)],
  ['lastCommit', () => costOfClose({ lastCommit: 0, end: 200 })],
  ['end', () => costOfClose({ lastCommit: 500, end: LARGE })],
  ['atHead', () => costOfClose({ lastCommit: 500, end: 200, atHead: any(8) })],
  ['firstCommit', () => costOfArchive({ firstCommit: MAX_ITEM_BYTES, listing: 100 })],
  ['listing', () => costOfArchive({ firstCommit: 500, listing: -1 })],
  ['items', () => costOfPurge({ ...purge, items: [] })],
  ['items', () => costOfPurge({ ...purge, items: [500], hasSnapshot: true })],
  ['items[1]', () => costOfPurge({ ...purge, items: [500, -1] })],
  ['firstCommit', () => costOfPurge({ ...purge, firstCommit: 2 }), 'a whole number from 0 to 1'],
  ['firstCommit', () => costOfPurge({ ...purge, firstCommit: 1, hasSnapshot: true })],
  ['held[0]', () => costOfPurge({ ...purge, held: [-1] })],
  ['lastCommit', () => costOfPurge({ ...purge, lastCommit: -1 })],
  ['end', () => costOfPurge({ ...purge, end: -1 })],
  ['listing', () => costOfPurge({ ...purge, listing: -1 })],
  ['closed', () => costOfPurge({ ...purge, closed: any('no') })],
  ['before', () => costOfOwnViewStep({ before: LARGE })],
  ['indexes[0].after', () => costOfOwnViewStep({ indexes: [{ after: -1 }] })],
  ['unchanged', () => costOfOwnViewStep({ unchanged: any(1) })],
  ['changes[1].after', () => costOfSharedViewsStep({ changes: [{}, { after: -1 }] })],
  ['changes[0].indexes[1].before', () => costOfSharedViewsStep({ changes: [{ indexes: [{}, { before: -1 }] }] })],
  ['changes[0].reads', () => costOfSharedViewsStep({ changes: [{ reads: any([1]) }] })],
  ['reads[0]', () => costOfSharedViewsStep({ changes: [], reads: [-1] })],
  ['progress', () => costOfSharedViewsStep({ changes: [], progress: -1 })],
  ['step', () => costOfSharedViewsStep({ changes: Array.from({ length: 100 }, () => ({ after: 1 })) }), '101 items'],
  ['step', () => costOfSharedViewsStep({ changes: Array.from({ length: 11 }, () => ({ after: 400_000 })) })],
  ['progress', () => costOfReactorStep(LARGE)],
];

const READS: readonly Refused[] = [
  ['items[0]', () => costOfLoad([10_000_000]), 'items[0]: is 10000000, but must be the bytes of an item'],
  ['items[0]', () => costOfLoad(Array<number>(2)), 'items[0]: is undefined'],
  ['items.bytes', () => costOfRead({ items: { count: 3, bytes: LARGE } })],
  ['consistency', () => costOfRead({ items: [1], consistency: any('eventually') }), 'must be "strong" or "eventual"'],
  ['consistency', () => costOfRead({ items: [1], consistency: any('transactional') })],
  ['read', () => costOfRead(any(null))],
  ['snapshot', () => costOfLoadWithSnapshot({ snapshot: -1, commits: [] })],
  ['commits[1]', () => costOfLoadWithSnapshot({ commits: [500, -1] })],
  ['since', () => costOfLoadWithSnapshot({ commits: [500], since: -1 })],
  ['since', () => costOfLoadWithSnapshot({ snapshot: 600, commits: [500], since: 2 }), 'from 0 to 1'],
  ...[0, -1, 1.5, Number.NaN].map((every): Refused => [
    'every',
    () => costOfLoadWithSnapshot({ commits: [500], every }),
    'a whole number from 1',
  ]),
  ['known', () => costOfWarmLoad({ known: -1 })],
  ['later[0]', () => costOfWarmLoad({ known: 500, later: [LARGE] })],
  ['lastCommit', () => costOfHead(-1)],
  ['lastCommit', () => costOfHead([])],
  ['receipt', () => costOfStoredCommand(-1)],
  ['reservation', () => costOfHolder(LARGE)],
  ['partitions', () => costOfList({ partitions: [] })],
  ['partitions', () => costOfList({ partitions: Array.from({ length: 65 }, () => []) })],
  ['partitions[1][0]', () => costOfList({ partitions: [[], [-1]] })],
  ['items[0]', () => costOfRebuild({ items: [-1], steps: cost })],
  ['steps', () => costOfRebuild({ items: [], steps: any([cost]) })],
];

const SUMS: readonly Refused[] = [
  ['costs[0]', () => totalOf(any([cost])), 'costs[0]: is a list, but must be an object such as { requests'],
  ['costs[1].writeUnits', () => totalOf(cost, { ...cost, writeUnits: -1 })],
  ['cost.requests', () => times(2, { ...cost, requests: any(1) })],
  ['count', () => times(any('2'), cost)],
  ['storage', () => priceOf(any({ storage: 2 ** 40 })), 'is none of writeUnits, readUnits, storedBytes, streamReads'],
  ['requests', () => priceOf({}, any({ requests: 1 }))],
  ['perMillionWrites', () => priceOf({}, any({ perMillionWrites: 1 }))],
  ['readUnits', () => priceOf({ readUnits: any('1') })],
  ['consumption', () => priceOf(any(undefined))],
  ['prices', () => priceOf({}, any(1))],
];

describe.each([
  ['a size', SIZES],
  ['a shape', SHAPES],
  ['a write', WRITES],
  ['a read', READS],
  ['a sum', SUMS],
])('%s that cannot be meant', (_, cases) => {
  it.each(cases)('is refused as %s: %s', (argument, call, message = '') => {
    const error = thrownBy(call);
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error).toMatchObject({ argument });
    expect((error as Error).message.startsWith(`${argument}: `)).toBe(true);
    expect((error as Error).message).toContain(message);
  });
});

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}
