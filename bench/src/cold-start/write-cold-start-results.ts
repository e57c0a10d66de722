import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFigures } from '../report/figures-in-docs.js';
import { markdown } from '../report/tables.js';
import type { ColdStartResults } from './cold-start-results.js';
import { coldStartTables } from './cold-start-tables.js';

const RESULTS = fileURLToPath(new URL('../../results/', import.meta.url));
const CHARTS = new URL('../../peers/scale-charts.mjs', import.meta.url);
const FILE = 'cold-start.json';
/** Of fewer, a median says little. */
const ENOUGH_RUNS = 15;

interface Charts {
  drawColdStartCharts(results: ColdStartResults): Promise<Readonly<Record<string, string>>>;
}

/** Writes a run that is long enough into the repository, with the tables in the documentation; others only when told where. */
export async function writeColdStartResults(results: ColdStartResults, out: string | undefined): Promise<void> {
  const isOfficial = out === undefined && results.runs >= ENOUGH_RUNS;
  const folder = out ?? (isOfficial ? RESULTS : undefined);
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, FILE), `${JSON.stringify(results, undefined, 2)}\n`);
  try {
    const charts = await ((await import(CHARTS.href)) as Charts).drawColdStartCharts(results);
    for (const [name, svg] of Object.entries(charts)) await writeFile(join(folder, name), svg);
  } catch (error) {
    console.warn(`No charts: ${String(error).split('\n')[0] ?? ''}`);
  }
  if (isOfficial) await writeColdStartTables(results);
  console.log(`Results are in ${folder}.`);
}

/** @param results Default: those of the last run that was written. */
export async function writeColdStartTables(results?: ColdStartResults): Promise<void> {
  const shown = results ?? (JSON.parse(await readFile(join(RESULTS, FILE), 'utf8')) as ColdStartResults);
  const tables = Object.entries(coldStartTables(shown)).map(([name, table]) => [name, markdown(table)] as const);
  await writeFigures(Object.fromEntries(tables), shown.environment, {
    name: 'cold start',
    extent: `${shown.runs} processes of each kind`,
  });
}
