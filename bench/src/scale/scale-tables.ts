import { requestsText, type Table } from '../report/tables.js';
import { estimateTable } from './estimate.js';
import type { Point } from './measure-cases.js';
import type { ScaleResults } from './scale-results.js';

/** What is printed, and what the documentation shows; by name. */
export function scaleTables(results: ScaleResults): Readonly<Record<string, Table>> {
  return {
    'stream length': lengthTable(results),
    'event size': sizeTable(results),
    'hot aggregates': hotTable(results),
    'cache hits': hitTable(results),
    projections: projectionTable(results),
    memory: memoryTable(results),
    estimate: estimateTable(results),
  };
}

function lengthTable({ lengths }: ScaleResults): Table {
  const head = ['operation', 'events in the stream', 'requests', 'WCU', 'RCU', 'CPU µs', 'local p50 ms'];
  const rows = [...lengths]
    .sort(byVerb)
    .map(({ case: each, wire, cpuMicroseconds, p50 }) => [
      { load: 'load', snapshots: 'load, snapshots every 100', append: 'append' }[
        each.verb === 'append' ? 'append' : each.by === 'snapshots' ? 'snapshots' : 'load'
      ],
      whole(each.length),
      requestsText(wire.requests),
      whole(wire.writeUnits),
      whole(wire.readUnits),
      whole(cpuMicroseconds),
      p50 === undefined ? '–' : digits(p50),
    ]);
  return [head, ...rows];
}

function byVerb(a: Point, b: Point): number {
  const place = ({ case: each }: Point) => (each.verb === 'append' ? 2 : each.by === 'snapshots' ? 1 : 0);
  return place(a) - place(b);
}

function sizeTable({ sizes }: ScaleResults): Table {
  const head = ['operation', 'bytes', 'text', 'units', 'units, bare', 'CPU µs', 'CPU µs, bare', 'ratio'];
  const rows = sizes.flatMap((ours) => {
    if (ours.case.by === 'bare') return [];
    const { verb, size } = ours.case;
    const bare = sizes.find(
      (each) =>
        each.case.by === 'bare' &&
        each.case.verb === verb &&
        each.case.size.bytes === size.bytes &&
        each.case.size.text === size.text,
    );
    if (bare === undefined) return [];
    return [
      [
        verb === 'append' ? 'append 1' : 'load 10',
        whole(size.bytes),
        size.text,
        unitsOf(ours),
        unitsOf(bare),
        whole(ours.cpuMicroseconds),
        whole(bare.cpuMicroseconds),
        (ours.cpuMicroseconds / bare.cpuMicroseconds).toFixed(2),
      ],
    ];
  });
  return [head, ...rows];
}

function unitsOf({ wire }: Point): string {
  return wire.writeUnits > 0 ? `${whole(wire.writeUnits)} WCU` : `${whole(wire.readUnits)} RCU`;
}

function hotTable({ hot }: ScaleResults): Table {
  const rows = hot.points.map(({ case: each, wire, cpuMicroseconds, cpuSpread }) => [
    whole(each.aggregates ?? 1),
    requestsText(wire.requests),
    whole(cpuMicroseconds),
    `±${whole(cpuSpread)}`,
  ]);
  return [['aggregates in the cache', 'requests of an update', 'CPU µs', 'spread'], ...rows];
}

function hitTable({ hot }: ScaleResults): Table {
  const rows = hot.hits.map(({ entries, aggregates, hitRatio }) => [
    whole(entries),
    whole(aggregates),
    `${(hitRatio * 100).toFixed(0)} %`,
  ]);
  return [['`maxEntries`', 'aggregates updated at random', 'updates without a read'], ...rows];
}

function projectionTable({ projections, plan }: ScaleResults): Table {
  const rows = projections.builds.map(({ case: each, wire, cpuMicroseconds }) => {
    const count = each.projections ?? 1;
    const live = projections.live.find((one) => one.projections === count);
    return [
      whole(count),
      digits(cpuMicroseconds / plan.builtEvents / count),
      whole(wire.requests['Scan'] ?? 0),
      whole(wire.readUnits),
      whole(live?.requests['Scan'] ?? 0),
    ];
  });
  const head = ['projections', 'CPU µs per event and projection', 'scans of the builds', 'RCU of the builds'];
  return [[...head, 'scans of one feed for all'], ...rows];
}

function memoryTable({ memory }: ScaleResults): Table {
  const rows = memory.map(({ way, events, young, held }) => [
    way,
    whole(events),
    (young / 1e6).toFixed(1),
    (held / 1e6).toFixed(1),
  ]);
  return [['read with', 'events', 'most heap, young collections (MB)', 'most held (MB)'], ...rows];
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function digits(value: number): string {
  return value >= 100 ? whole(value) : value.toFixed(value >= 10 ? 1 : 2);
}
