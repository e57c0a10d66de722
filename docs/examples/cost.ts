import {
  commitBytes,
  commitItemBytes,
  costOfAppend,
  costOfLoad,
  costOfLoadWithSnapshot,
  costOfOwnViewStep,
  costOfSaveAll,
  costOfSharedViewsStep,
  costOfSnapshot,
  costOfUpdate,
  costOfWarmLoad,
  listingBytes,
  priceOf,
  snapshotBytes,
  storedBytes,
  times,
  totalOf,
  type CommitShape,
  type Cost,
} from 'nestjs-dynamo-event-store/cost';

const stream = { aggregate: 'order', id: '0b6a7f9e-5d2c-4c1e-9a8b-3f1d2e4c5b6a' };

/** A commit of equal events. @param compression What gzip leaves of them; 1: nothing is gained. */
function commitOf(version: number, count: number, bytes: number, compression = 1): CommitShape {
  const events = Array.from({ length: count }, () => ({ type: 'order-changed@1', bytes }));
  return { stream, version, events, compressedBytes: Math.ceil(count * bytes * compression) };
}

/** Write units of one append, in three ways to store events. */
export interface AppendComparison {
  readonly here: number;
  /** Here, where gzip leaves a third. */
  readonly compressed: number;
  /** An item for each event: a plain write of one, a transaction of several. `undefined`: more than one may hold. */
  readonly itemPerEvent: number | undefined;
  /** The same, with an item that holds the version of the stream, which each append has to change. */
  readonly withHeadItem: number | undefined;
}

// #region comparison
export function compareAppends(eventBytes: number, count: number): AppendComparison {
  const units = (compression: number) =>
    costOfAppend({ commit: commitItemBytes(commitOf(8, count, eventBytes, compression)) }).writeUnits;
  // The same attributes in each item; 200 bytes in the one that holds the version.
  const each = { commit: commitBytes(commitOf(8, 1, eventBytes)) };
  const events = Array.from({ length: count }, () => each);
  const inOneWrite = (items: typeof events) =>
    items.length > 100 ? undefined : costOfSaveAll({ appends: items }).writeUnits;
  return {
    here: units(1),
    compressed: units(1 / 3),
    itemPerEvent: inOneWrite(events),
    withHeadItem: inOneWrite([...events, { commit: 200 }]),
  };
}
// #endregion

/** A service that carries out commands on orders, each order many times. */
export interface Workload {
  readonly commandsPerMonth: number;
  readonly commandsPerOrder: number;
  readonly eventsPerCommand: number;
  readonly eventBytes: number;
  readonly stateBytes: number;
  /** Events from snapshot to snapshot. */
  readonly every: number;
  /** Whether the process that gets a command has the order in its cache. */
  readonly warm: boolean;
}

export interface Bill {
  readonly loads: Cost;
  readonly appends: Cost;
  readonly snapshots: Cost;
  readonly projections: Cost;
  /** Bytes that each month adds. */
  readonly stored: number;
  readonly dollars: number;
}

// #region month
export function monthlyBill(work: Workload): Bill {
  const orders = work.commandsPerMonth / work.commandsPerOrder;
  const one = costOfOneOrder(work);
  const loads = times(orders, one.loads);
  const appends = times(orders, one.appends);
  const snapshots = times(orders, one.snapshots);
  // A summary of each order, found by customer too, and counters that all orders share.
  const view = { before: 600, after: 600 };
  const step = totalOf(
    costOfOwnViewStep({ ...view, indexes: [view] }),
    costOfSharedViewsStep({ changes: [{ before: 300, after: 300 }] }),
  );
  const projections = times(work.commandsPerMonth, step);
  const stored = orders * one.stored;
  const units = totalOf(loads, appends, snapshots, projections);
  return { loads, appends, snapshots, projections, stored, dollars: priceOf({ ...units, storedBytes: stored }) };
}
// #endregion

/** All commands of one order, from its first to its last. */
function costOfOneOrder({ commandsPerOrder, eventsPerCommand, eventBytes, stateBytes, every, warm }: Workload) {
  const perSnapshot = Math.ceil(every / eventsPerCommand);
  const sizes: number[] = [];
  const updates: { load: Cost; append: Cost; snapshot: Cost }[] = [];
  for (let command = 0; command < commandsPerOrder; command++) {
    const version = command * eventsPerCommand + 1;
    const snapshot = snapshotBytes({ stream, version, stateBytes });
    const taken = Math.floor(command / perSnapshot);
    const newestFirst = sizes.slice(-every - 2).reverse();
    const since = command - taken * perSnapshot;
    const coldLoad = costOfLoadWithSnapshot({ ...(taken > 0 ? { snapshot } : {}), commits: newestFirst, since, every });
    const commit = commitBytes(commitOf(version, eventsPerCommand, eventBytes));
    const isDue = (command + 1) % perSnapshot === 0;
    updates.push({
      load: command === 0 || warm ? totalOf() : coldLoad,
      append: costOfUpdate({ append: { commit, ...(command === 0 ? { listing: listingBytes(stream) } : {}) } }),
      snapshot: isDue ? costOfSnapshot(snapshot, taken > 0 ? snapshot : 0) : totalOf(),
    });
    sizes.push(commit);
  }
  return {
    loads: totalOf(...updates.map(({ load }) => load)),
    appends: totalOf(...updates.map(({ append }) => append)),
    snapshots: totalOf(...updates.map(({ snapshot }) => snapshot)),
    stored: sizes.reduce((sum, bytes) => sum + storedBytes(bytes), 0),
  };
}

/** Read units of loading an order of so many commits of events of 300 bytes, with a state of 600 bytes. */
export function compareLoads(commits: number, eventsPerCommit: number) {
  const bytes = commitBytes(commitOf(8, eventsPerCommit, 300));
  const newestFirst = Array.from({ length: commits }, () => bytes);
  const snapshot = snapshotBytes({ stream, version: commits * eventsPerCommit, stateBytes: 600 });
  const every = (events: number) => costOfLoadWithSnapshot({ snapshot, commits: newestFirst, every: events }).readUnits;
  return {
    whole: costOfLoad({ count: commits, bytes }).readUnits,
    every100: every(100),
    every10: every(10),
    warm: costOfWarmLoad({ known: bytes }).readUnits,
  };
}

/** What `streamsFeed()` costs a month, besides the steps: a lease for each shard, renewed three times in 10 s, and a read a second. */
export function monthlyFeed(shards: number): { readonly leases: number; readonly streamReads: number } {
  const seconds = 30 * 86_400 * shards;
  return {
    leases: priceOf({ writeUnits: (seconds * 3) / 10 }),
    streamReads: priceOf({ streamReads: seconds }),
  };
}
