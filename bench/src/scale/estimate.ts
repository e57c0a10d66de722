import {
  commitBytes,
  costOfAppend,
  costOfLoad,
  listingBytes,
  priceOf,
  storedBytes,
  times,
  totalOf,
  type CommitShape,
  type Consumption,
} from 'nestjs-dynamo-event-store/cost';
import type { Table } from '../report/tables.js';
import type { ScaleResults } from './scale-results.js';

/** What the paper estimate takes for granted. The prose beside the table says the same. */
export const ASSUMED = {
  /** Of the one event of a commit. */
  eventBytes: 300,
  commitsPerStream: 50,
  /** Share of commands that find their aggregate in the cache. */
  warm: 0.5,
  /** Of one request, in ms. */
  requestMs: 5,
  /** Of a core. */
  utilisation: 0.6,
  listingShards: 4,
  viewBytes: 600,
  leaseSeconds: 10,
  /** Pause of `streamsFeed()` after a read that found nothing. */
  pollSeconds: 0.2,
} as const;

const PARTITION = { writeUnits: 1_000, readUnits: 3_000, bytes: 10 * 1024 ** 3 } as const;
const SECONDS_PER_MONTH = 30 * 24 * 3_600;
const SOCKETS = 50;
const RATES = [1_000, 100_000];

const stream = { aggregate: 'order', id: '0b6a7f9e-5d2c-4c1e-9a8b-3f1d2e4c5b6a' };

function commitOf(version: number): CommitShape {
  return { stream, version, events: [{ type: 'order-changed@1', bytes: ASSUMED.eventBytes }] };
}

/** One table at so many commits per second, by the rules; only the CPU is measured. */
export function estimateTable(results: ScaleResults): Table {
  const columns = RATES.map((rate) => estimate(rate, results));
  const names = columns[0]?.map(([name]) => name) ?? [];
  const head = ['', ...RATES.map((rate) => `${rate.toLocaleString('en')} commits/s`)];
  return [head, ...names.map((name, row) => [name, ...columns.map((column) => column[row]?.[1] ?? '')])];
}

function estimate(rate: number, { lengths, hot }: ScaleResults): readonly (readonly [string, string])[] {
  const { commitsPerStream, warm, requestMs, utilisation, listingShards, leaseSeconds, pollSeconds } = ASSUMED;
  const newStreams = rate / commitsPerStream;
  const later = commitBytes(commitOf(8));
  const append = costOfAppend({ commit: later });
  const begin = costOfAppend({ commit: commitBytes(commitOf(1)), listing: listingBytes(stream) });
  const appends = totalOf(times(rate - newStreams, append), times(newStreams, begin));
  const half = Array.from({ length: commitsPerStream / 2 }, () => later);
  const loads = times(rate * (1 - warm), costOfLoad(half));
  const bytesPerMonth = storedBytes(later) * rate * SECONDS_PER_MONTH;
  const byUnits = Math.ceil(Math.max(appends.writeUnits / PARTITION.writeUnits, loads.readUnits / PARTITION.readUnits));
  const byBytes = Math.ceil(bytesPerMonth / PARTITION.bytes);
  // A lease is renewed three times while it lasts.
  const shards = byUnits + byBytes;
  const leaseWrites = shards * (3 / leaseSeconds);
  // One that finds what has come, one that finds no more, and a pause.
  const streamReads = shards * (2 / pollSeconds);
  const cpu = cpuOf(lengths, hot.points);
  const cores = (rate * (cpu.update * warm + (cpu.load + cpu.append) * (1 - warm))) / 1e6;
  const inFlight = (rate * (2 - warm) * requestMs) / 1_000;
  const dollars = (units: Consumption) => money(priceOf(units) * SECONDS_PER_MONTH);
  return [
    ['write units per second', whole(appends.writeUnits)],
    ['read units per second', whole(loads.readUnits)],
    ['partitions for these units', whole(byUnits)],
    ['storage added per month', `${(bytesPerMonth / 1024 ** 4).toFixed(1)} TB`],
    ['partitions for a month’s storage', whole(byBytes)],
    ['new streams per second and index partition', whole(newStreams / listingShards)],
    ['open shards of the stream, after a month', whole(shards)],
    ['writes of leases per second, `streamsFeed()`', whole(leaseWrites)],
    ['reads of the stream per second, `streamsFeed()`, at most', whole(streamReads)],
    ['write units per second of one view per stream, at most', whole(rate)],
    ['cores for commands', (cores / utilisation).toFixed(1)],
    ['requests in flight, and connections', whole(inFlight)],
    [`clients with ${SOCKETS} sockets`, whole(Math.ceil(inFlight / SOCKETS))],
    ['appends per month', dollars({ writeUnits: appends.writeUnits })],
    ['loads per month', dollars({ readUnits: loads.readUnits })],
    ['one view per stream, per month', dollars({ writeUnits: rate })],
    ['leases per month', dollars({ writeUnits: leaseWrites })],
    ['reads of the stream per month, at most', dollars({ streamReads })],
    ['storage of the first month’s events, each month after', money(priceOf({ storedBytes: bytesPerMonth }))],
  ];
}

/** Measured, in µs: a command with the cache, and its two parts without. */
function cpuOf(lengths: ScaleResults['lengths'], hot: ScaleResults['hot']['points']) {
  const find = (points: typeof lengths, wanted: string) => points.find(({ id }) => id === wanted)?.cpuMicroseconds ?? 0;
  return {
    update: find(hot, 'update-1000'),
    load: find(lengths, 'load-repository-10'),
    append: find(lengths, 'append-repository-10'),
  };
}

function whole(value: number): string {
  return Math.ceil(value).toLocaleString('en');
}

function money(dollars: number): string {
  return `$${Math.round(dollars).toLocaleString('en')}`;
}
