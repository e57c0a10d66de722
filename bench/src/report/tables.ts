import { FLOOR } from '../contestants/roster.js';
import type { Cell } from '../measure/figures.js';
import type { Work } from '../works/works.js';
import type { Goal } from './goals.js';

/** Rows of text, the first of them the head. */
export type Table = readonly (readonly string[])[];

/** All figures of one work. */
export function workTable(work: Work, cells: readonly Cell[]): Table {
  const head = [
    'contestant',
    'requests',
    'WCU',
    'RCU',
    'bytes out',
    'bytes in',
    'CPU µs',
    'to floor',
    'ops/s',
    'local ops/s',
    'p50 ms',
    'p99 ms',
    'heap MB',
    'RSS MB',
    'note',
  ];
  const rows = cells.filter((cell) => cell.work === work.id).map(rowOf);
  return [head, ...rows];
}

function rowOf({ contestant, missing, fault, remark, wire, client, local, memory }: Cell): readonly string[] {
  const note = noteOf(missing, fault, remark);
  return [
    contestant,
    wire === undefined ? '' : requestsText(wire.requests),
    text(wire?.writeUnits),
    text(wire?.readUnits),
    text(wire?.bytesOut),
    text(wire?.bytesIn),
    text(client?.cpuMicroseconds),
    client?.ratio === undefined ? '' : `${client.ratio.median.toFixed(2)} ±${client.ratio.spread.toFixed(2)}`,
    text(client?.operationsPerSecond),
    text(local?.operationsPerSecond),
    text(local?.p50),
    text(local?.p99),
    megabytes(memory?.heapUsed),
    megabytes(memory?.rss),
    note,
  ];
}

function noteOf(missing: string | undefined, fault: string | undefined, remark = ''): string {
  if (missing !== undefined) return fault === undefined ? missing : shortened(`${missing}: ${fault}`);
  return fault === undefined ? remark : shortened(`WRONG: ${fault}`);
}

const LONGEST_NOTE = 100;

function shortened(note: string): string {
  return note.length <= LONGEST_NOTE ? note : `${note.slice(0, LONGEST_NOTE)}…`;
}

/** One row per work: CPU to the floor, for everybody. */
export function ratioTable(works: readonly Work[], contestants: readonly string[], cells: readonly Cell[]): Table {
  const rows = works.map((work) => [
    work.title,
    ...contestants.map((contestant) => {
      const cell = cells.find((each) => each.work === work.id && each.contestant === contestant);
      if (cell?.client?.ratio === undefined) return cell?.missing === 'fails' ? 'fails' : '–';
      const ratio = cell.client.ratio.median.toFixed(2);
      if (contestant === FLOOR) return `${ratio} (${microseconds(cell.client.cpuMicroseconds)})`;
      return cell.fault === undefined && cell.remark === undefined ? ratio : `${ratio} !`;
    }),
  ]);
  return [['client CPU, to the floor', ...contestants], ...rows];
}

/** One row per work: what an operation costs, for everybody. */
export function unitTable(works: readonly Work[], contestants: readonly string[], cells: readonly Cell[]): Table {
  const rows = works.map((work) => [
    work.title,
    ...contestants.map((contestant) => {
      const wire = cells.find((each) => each.work === work.id && each.contestant === contestant)?.wire;
      if (wire === undefined) return '–';
      const units = [
        ...(wire.writeUnits === 0 ? [] : [`${text(wire.writeUnits)} WCU`]),
        ...(wire.readUnits === 0 ? [] : [`${text(wire.readUnits)} RCU`]),
      ];
      const requests = Object.values(wire.requests).reduce((sum, count) => sum + count, 0);
      return `${units.join(' + ')}, ${text(requests)} req`;
    }),
  ]);
  return [['units and requests', ...contestants], ...rows];
}

/** What the marks of the other tables stand for. */
export function faultsTable(works: readonly Work[], cells: readonly Cell[]): Table {
  const rows = cells.flatMap((cell) => {
    const what = cell.fault ?? cell.remark;
    return what === undefined ? [] : [[titleOf(works, cell), cell.contestant, what]];
  });
  return [['work', 'contestant', 'what'], ...rows];
}

/** What the other tables leave out, one row per work and contestant. */
export function detailTable(works: readonly Work[], cells: readonly Cell[]): Table {
  const head = ['work', 'contestant', 'requests', 'bytes out', 'bytes in', 'CPU µs', 'spread of the ratio'];
  const local = ['ops/s', 'local ops/s', 'local p50 ms', 'local p99 ms', 'heap MB', 'RSS MB'];
  const rows = cells.flatMap((cell) => {
    const { wire, client, local: run, memory } = cell;
    if (wire === undefined || client === undefined) return [];
    return [
      [
        titleOf(works, cell),
        cell.contestant,
        requestsText(wire.requests),
        text(wire.bytesOut),
        text(wire.bytesIn),
        text(client.cpuMicroseconds),
        client.ratio === undefined ? '' : `±${client.ratio.spread.toFixed(2)}`,
        text(client.operationsPerSecond),
        text(run?.operationsPerSecond),
        text(run?.p50),
        text(run?.p99),
        megabytes(memory?.heapUsed),
        megabytes(memory?.rss),
      ],
    ];
  });
  return [[...head, ...local], ...rows];
}

function titleOf(works: readonly Work[], { work }: Cell): string {
  return works.find(({ id }) => id === work)?.title ?? work;
}

export function goalTable(goals: readonly Goal[]): Table {
  const rows = goals.map(({ what, goal, reached, met }) => [what, goal, reached, met ? 'yes' : 'NO']);
  return [['goal', 'at', 'reached', 'met'], ...rows];
}

export function requestsText(requests: Readonly<Record<string, number>>): string {
  return Object.entries(requests)
    .map(([name, count]) => `${text(count)} ${name}`)
    .join(' + ');
}

/** Three digits that matter. */
function text(value: number | undefined): string {
  if (value === undefined) return '';
  if (value === 0) return '0';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return String(Number(value.toFixed(digits)));
}

function microseconds(value: number): string {
  return value >= 1_000 ? `${text(value / 1_000)} ms` : `${text(value)} µs`;
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? '' : text(bytes / 1e6);
}

/** For a terminal: columns side by side. */
export function plainText(table: Table): string {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  return table
    .map((row) =>
      row
        .map((cell, column) => pad(cell, widths[column] ?? 0, column))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

export function markdown(table: Table): string {
  const [head = [], ...rows] = table;
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = `| ${head.map((_, column) => (column === 0 ? '---' : '---:')).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
