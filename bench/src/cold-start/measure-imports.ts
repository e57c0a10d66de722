import { fileURLToPath } from 'node:url';
import type { Ratio } from '../measure/figures.js';
import { halfInterquartileRange, median } from '../measure/statistics.js';
import type { ImportFigures } from './cold-start-results.js';
import { IMPORTS, type ImportCase } from './plan.js';
import type { Moment } from './programs/first-appends.js';
import { startProcess } from './start-process.js';

const PROGRAM = fileURLToPath(new URL('./programs/imports.js', import.meta.url));

/** Fresh processes, all cases in turn. */
export async function measureImports(runs: number): Promise<readonly ImportFigures[]> {
  const found = new Map<string, Moment[]>(IMPORTS.map(({ id }) => [id, []]));
  // The first round only fills the caches of the file system.
  for (let run = -1; run < runs; run++)
    for (const { id, modules } of IMPORTS) {
      const moment = await startProcess<Moment>(PROGRAM, modules);
      if (run >= 0) found.get(id)?.push(moment);
    }
  return IMPORTS.map((each) => figuresOf(each, found));
}

function figuresOf({ id, title, base }: ImportCase, found: ReadonlyMap<string, readonly Moment[]>): ImportFigures {
  const own = found.get(id) ?? [];
  const other = base === undefined ? undefined : found.get(base);
  return {
    id,
    title,
    wallMs: summaryOf(own.map(({ wallMs }) => wallMs)),
    cpuMs: summaryOf(own.map(({ cpuMs }) => cpuMs)),
    ...(other === undefined
      ? {}
      : {
          wallRatio: summaryOf(own.map(({ wallMs }, run) => wallMs / (other[run]?.wallMs ?? Number.NaN))),
          cpuRatio: summaryOf(own.map(({ cpuMs }, run) => cpuMs / (other[run]?.cpuMs ?? Number.NaN))),
        }),
  };
}

export function summaryOf(numbers: readonly number[]): Ratio {
  return { median: median(numbers), spread: halfInterquartileRange(numbers) };
}
