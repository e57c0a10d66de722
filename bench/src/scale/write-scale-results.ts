import { writeFigures } from '../report/figures-in-docs.js';
import { shownResults, writeRun } from '../report/result-files.js';
import { markdown } from '../report/tables.js';
import type { ScaleResults } from './scale-results.js';
import { scaleTables } from './scale-tables.js';

const FILE = 'scale.json';

/** Of a full run into the repository; see `writeRun`. */
export async function writeScaleResults(results: ScaleResults, out: string | undefined): Promise<void> {
  const charts = { module: 'scale-charts.mjs', draw: 'drawScaleCharts' } as const;
  const files = { file: FILE, charts, writeTables: writeScaleTables };
  await writeRun(files, results, { out, isToBeShown: results.run === 'full' });
}

/** @param results Default: those of the last full run. */
export async function writeScaleTables(results?: ScaleResults): Promise<void> {
  const shown = results ?? (await shownResults<ScaleResults>(FILE));
  const tables = Object.entries(scaleTables(shown)).map(([name, table]) => [name, markdown(table)] as const);
  const { heapPerAggregate } = shown.hot;
  const heap =
    `An aggregate whose state is one number takes ${Math.round(heapPerAggregate).toLocaleString('en')} bytes of heap in the ` +
    'cache, keys and versions included; yours takes what its state takes besides.';
  const texts = { ...Object.fromEntries(tables), 'heap per aggregate': heap };
  await writeFigures(texts, shown.environment, {
    name: 'scale',
    extent: `${shown.plan.rounds} rounds, ${shown.plan.buildRounds} of builds`,
  });
}
