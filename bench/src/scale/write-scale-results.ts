import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFigures } from '../report/figures-in-docs.js';
import { markdown } from '../report/tables.js';
import type { ScaleResults } from './scale-results.js';
import { scaleTables } from './scale-tables.js';

const RESULTS = fileURLToPath(new URL('../../results/', import.meta.url));
const CHARTS = new URL('../../peers/scale-charts.mjs', import.meta.url);

interface Charts {
  drawScaleCharts(results: ScaleResults): Promise<Readonly<Record<string, string>>>;
}

/** Writes a full run into the repository, with the tables in the documentation; others only when told where. */
export async function writeScaleResults(results: ScaleResults, out: string | undefined): Promise<void> {
  const isOfficial = out === undefined && results.run === 'full';
  const folder = out ?? (isOfficial ? RESULTS : undefined);
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'scale.json'), `${JSON.stringify(results, undefined, 2)}\n`);
  for (const [name, svg] of Object.entries(await draw(results))) await writeFile(join(folder, name), svg);
  if (isOfficial) await writeScaleTables(results);
  console.log(`Results are in ${folder}.`);
}

/** @param results Default: those of the last full run. */
export async function writeScaleTables(results?: ScaleResults): Promise<void> {
  const file = join(RESULTS, 'scale.json');
  const shown = results ?? (JSON.parse(await readFile(file, 'utf8')) as ScaleResults);
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

async function draw(results: ScaleResults): Promise<Readonly<Record<string, string>>> {
  try {
    return await ((await import(CHARTS.href)) as Charts).drawScaleCharts(results);
  } catch (error) {
    console.warn(`No charts: ${String(error).split('\n')[0] ?? ''}`);
    return {};
  }
}
