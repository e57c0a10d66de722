import { priceOf, type Cost } from 'nestjs-dynamo-event-store/cost';
import { compareAppends, compareLoads, monthlyBill, monthlyFeed, type Workload } from '../../docs/examples/cost.js';

/** The rows of a table of docs/cost.md, without its head. */
export type Rows = readonly (readonly string[])[];

const count = (value: number | undefined): string => (value === undefined ? '–' : value.toLocaleString('en-US'));
const dollars = (value: number): string => value.toFixed(2);

const WORKLOAD: Workload = {
  commandsPerMonth: 10_000_000,
  commandsPerOrder: 100,
  eventsPerCommand: 2,
  eventBytes: 300,
  stateBytes: 600,
  every: 100,
  warm: false,
};

function appends(): Rows {
  return [100, 300, 1_000, 10_000].flatMap((bytes) =>
    [1, 10, 100].map((events) => {
      const { here, compressed, itemPerEvent, withHeadItem } = compareAppends(bytes, events);
      return [bytes, events, here, compressed, itemPerEvent, withHeadItem].map(count);
    }),
  );
}

function loads(): Rows {
  const lengths = [
    [10, 1],
    [100, 1],
    [1_000, 1],
    [10_000, 1],
    [100, 10],
    [1_000, 10],
  ] as const;
  return lengths.map(([commits, events]) => {
    const { whole, every100, every10, warm } = compareLoads(commits, events);
    return [commits, events, whole, every100, every10, warm].map(count);
  });
}

function month(): Rows {
  const cold = monthlyBill(WORKLOAD);
  const often = monthlyBill({ ...WORKLOAD, every: 10 });
  const warm = monthlyBill({ ...WORKLOAD, warm: true });
  const bills = [cold, often, warm];
  const price = ({ writeUnits, readUnits }: Cost): number => priceOf({ writeUnits, readUnits });
  const units = ({ writeUnits, readUnits }: Cost): string => count(writeUnits + readUnits);
  const row = (name: string, part: 'loads' | 'appends' | 'snapshots' | 'projections'): readonly string[] => [
    name,
    ...bills.flatMap((bill) => [units(bill[part]), dollars(price(bill[part]))]),
  ];
  return [
    row('loads', 'loads'),
    row('appends', 'appends'),
    row('snapshots', 'snapshots'),
    row('two projections', 'projections'),
    ['storage of these events', ...bills.flatMap(({ stored }) => ['', dollars(priceOf({ storedBytes: stored }))])],
    ['together', ...bills.flatMap((bill) => ['', dollars(bill.dollars)])],
  ];
}

function intervals(): Rows {
  return [5, 10, 20, 50, 100, 1_000].map((every) => {
    const { loads: read, snapshots } = monthlyBill({ ...WORKLOAD, every });
    const [reading, writing] = [read, snapshots].map(({ writeUnits, readUnits }) => priceOf({ writeUnits, readUnits }));
    return [count(every), dollars(reading!), dollars(writing!), dollars(reading! + writing!)];
  });
}

function feed(): Rows {
  return [1, 4, 16].map((shards) => {
    const { leases, streamReads } = monthlyFeed(shards);
    return [count(shards), dollars(leases), dollars(streamReads)];
  });
}

export const COST_TABLES: Readonly<Record<string, () => Rows>> = { appends, loads, month, intervals, feed };
