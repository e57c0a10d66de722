import { writeFigures } from '../report/figures-in-docs.js';
import { shownResults, writeRun } from '../report/result-files.js';
import { markdown } from '../report/tables.js';
import type { ColdStartResults } from './cold-start-results.js';
import { coldStartTables } from './cold-start-tables.js';

const FILE = 'cold-start.json';
/** Of fewer, a median says little. */
const ENOUGH_RUNS = 15;

/** Of a run that is long enough into the repository; see `writeRun`. */
export async function writeColdStartResults(results: ColdStartResults, out: string | undefined): Promise<void> {
  const charts = { module: 'scale-charts.mjs', draw: 'drawColdStartCharts' } as const;
  const files = { file: FILE, charts, writeTables: writeColdStartTables };
  await writeRun(files, results, { out, isToBeShown: results.runs >= ENOUGH_RUNS });
}

/** @param results Default: those of the last run that was written. */
export async function writeColdStartTables(results?: ColdStartResults): Promise<void> {
  const shown = results ?? (await shownResults<ColdStartResults>(FILE));
  const tables = Object.entries(coldStartTables(shown)).map(([name, table]) => [name, markdown(table)] as const);
  await writeFigures(Object.fromEntries(tables), shown.environment, {
    name: 'cold start',
    extent: `${shown.runs} processes of each kind`,
  });
}
