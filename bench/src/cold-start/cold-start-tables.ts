import type { Ratio } from '../measure/figures.js';
import type { Table } from '../report/tables.js';
import type { ColdStartResults } from './cold-start-results.js';

/** What is printed, and what the documentation shows; by name. */
export function coldStartTables({ imports, starts }: ColdStartResults): Readonly<Record<string, Table>> {
  const importRows = imports.map(({ title, wallMs, cpuMs, wallRatio, cpuRatio }) => [
    title,
    ms(wallMs),
    ms(cpuMs),
    wallRatio === undefined ? '1' : ratio(wallRatio),
    cpuRatio === undefined ? '1' : ratio(cpuRatio),
  ]);
  const startRows = starts.map(({ title, readyMs, firstMs, nextMs, wallMs, cpuMs, cpuRatio, bytes }) => [
    title,
    bytes === undefined ? '–' : Math.round(bytes / 1_000).toLocaleString('en'),
    ms(readyMs),
    ms(firstMs),
    nextMs.median.toFixed(2),
    ms(wallMs),
    ms(cpuMs),
    ratio(cpuRatio),
  ]);
  return {
    imports: [['import of', 'ms', 'CPU ms', 'ratio', 'CPU ratio'], ...importRows],
    'first appends': [
      [
        'process',
        'KB',
        'ready, ms',
        'first append, ms',
        'next 20, ms each',
        'together, ms',
        'together, CPU ms',
        'CPU ratio',
      ],
      ...startRows,
    ],
  };
}

function ms({ median }: Ratio): string {
  return median >= 10 ? Math.round(median).toLocaleString('en') : median.toFixed(1);
}

function ratio({ median, spread }: Ratio): string {
  return `${median.toFixed(2)} ±${spread.toFixed(2)}`;
}
